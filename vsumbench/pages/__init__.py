"""What all pages share: base style, template environment, libraries bundled with their licences."""
