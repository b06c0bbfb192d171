"""A comment's body as a page that looks as GitHub shows it: `comment_page.py BODY.md PAGE.html`.

GitHub's own markdown parser makes the HTML; the style is a small likeness of GitHub's.
"""

import pathlib
import sys

import cmarkgfm
from cmarkgfm.cmark import Options

STYLE = """
body { margin: 0; padding: 16px; background: #fff; color: #1f2328; width: 868px; box-sizing: border-box;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "DejaVu Sans", sans-serif, "Noto Color Emoji"; }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px; }
h3 { font-size: 1.25em; margin: 0 0 16px; font-weight: 600; }
p, ul, table, pre, details { margin: 0 0 16px; }
table { border-collapse: collapse; display: block; overflow: auto; width: max-content; max-width: 100%; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
th { font-weight: 600; }
tbody tr:nth-child(2n) { background: #f6f8fa; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font: 85% ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; font: 85%/1.45 ui-monospace, "DejaVu Sans Mono", monospace;
  white-space: pre; overflow: auto; }
sub { font-size: 75%; color: #59636e; }
summary { cursor: pointer; }
a { color: #0969da; }
.comment > :last-child { margin-bottom: 0; }
"""


def html(markdown: str) -> str:
    """What GitHub's parser makes of a body; the HTML of the body stays HTML, as on GitHub."""
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)


def main() -> None:
    body, page = map(pathlib.Path, sys.argv[1:3])
    content = html(body.read_text(encoding="utf-8"))
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><title>comment</title><style>{STYLE}</style>'
        f'<div class="comment">{content}</div>\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
