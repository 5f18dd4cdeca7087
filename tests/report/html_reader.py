"""Reads a page as a browser would, for the tests of what is in it."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "path", "use", "image", "rect", "link"}


class Reader(HTMLParser):
    """Collects what a browser would: elements, links, text; refuses elements that are closed in the wrong order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


def assert_alone(text):
    """Nothing is fetched: no script, no import, every link leads into the page or is a data: address."""
    reader = Reader(text)
    assert not reader.all("script") and not reader.all("link") and not reader.all("iframe")
    assert "@import" not in text and "@font-face" not in text
    for _, attrs in reader.seen:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            assert attrs.get(name, "#").startswith(("#", "data:"))
    assert text.count("url(") == text.count("url(#")
    return reader
