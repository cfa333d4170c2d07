"""Instruct-V2Xum: 30 000 videos, each with selected frames and a text whose sentences refer to them."""
