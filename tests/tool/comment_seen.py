"""What a reader sees of a comment's body, which comes on stdin: JSON of its tables, links, tags and texts.

GitHub's own markdown parser makes the HTML, with the extensions that GitHub uses; Python's HTML parser reads it back.
"""

import html.parser
import json
import sys

from comment_page import html as page_of

VOID = {"br", "img", "hr", "input", "meta", "link"}


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = []
        self.seen = {"tables": [], "headings": [], "links": [], "unbalanced": [], "code": []}
        self.tags, self.attributes, self.prose = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.seen["tables"].append([])
        elif tag == "tr":
            self.seen["tables"][-1].append([])
        elif tag in ("td", "th"):
            self.seen["tables"][-1][-1].append("")
        elif tag == "h3":
            self.seen["headings"].append("")
        elif tag in ("code", "pre"):
            self.seen["code"].append("")
        elif tag == "a":
            self.seen["links"].append(dict(attrs).get("href"))
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.seen["unbalanced"].append(f"</{tag}>")

    def handle_comment(self, data):
        self.tags.add("<!-- -->")

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.seen["tables"][-1][-1][-1] += data
        if "h3" in self.open:
            self.seen["headings"][-1] += data
        if {"code", "pre"} & set(self.open):
            self.seen["code"][-1] += data
            self.prose.append(" ")
        else:
            self.prose.append(data)


reader = Reader()
reader.feed(page_of(sys.stdin.buffer.read().decode("utf-8")))
reader.close()
reader.seen["unbalanced"] += [f"<{tag}>" for tag in reader.open]
reader.seen.update(tags=sorted(reader.tags), attributes=sorted(reader.attributes), prose="".join(reader.prose))
json.dump(reader.seen, sys.stdout)
