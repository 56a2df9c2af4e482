"""What does the site look like, and in which words does it speak?

The only code that knows the template engine. `Theme.page` turns a template and a plain dict into a whole HTML document;
`CONTEXTS.md` beside this file says what each template is given. A newsroom replaces any template, asset or string by a
file of the same name under `THEME_DIR` (`templates/`, `assets/`, `strings/`).

    ThemeError    the theme is broken: a file that is not UTF-8, a template that does not parse, an unknown template
"""

from shared.theme.assets import Asset
from shared.theme.catalogue import direction
from shared.theme.files import ThemeError
from shared.theme.theme import Theme

__all__ = ["Asset", "Theme", "ThemeError", "direction"]
