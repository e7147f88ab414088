"""The timeline of a wording, drawn: in the terminal, as SVG, as PNG."""
