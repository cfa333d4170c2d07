"""Dataset readers for vsumbench, one package per dataset: a light spec and a reader."""
