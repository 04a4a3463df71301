"""The one maker of HTML and SVG: self-contained pages without scripts; the standard library only."""
