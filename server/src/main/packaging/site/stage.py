"""stage.py ROOT STAGE: the pages of ROOT, and what they lead to, laid out in STAGE as a site is made of them.

Markdown stays as it is on GitHub, but for what a site cannot show: a link to a directory leads to its README or
nowhere, and a pipe in code is escaped in GitHub's tables alone.
"""

import os
import re
import shutil
import sys

LINK = re.compile(r"(?<!`)\[([^\]]*)\]\(([^)\s]+)\)")
ROW = re.compile(r"(?m)^\|.*$")
CODE = re.compile(r"`[^`]*`")
FENCE = re.compile(r"(?ms)^( *```.*?^ *```$)")


def main(root, stage):
    pages = [os.path.relpath(os.path.join(place, name), root)
             for place, _, names in os.walk(os.path.join(root, "docs"))
             for name in names]
    waiting = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *pages]
    seen = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        target = os.path.join(stage, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not path.endswith(".md"):
            shutil.copy(os.path.join(root, path), target)
            continue
        with open(os.path.join(root, path), encoding="utf-8") as page:
            text = page.read()
        with open(target, "w", encoding="utf-8") as page:
            page.write(staged(root, path, text, waiting))


def staged(root, path, text, waiting):
    def link(match):
        words, address = match.groups()
        place, _, anchor = address.partition("#")
        if not place or "://" in place:
            return match.group()
        found = os.path.normpath(os.path.join(os.path.dirname(path), place))
        if os.path.isdir(os.path.join(root, found)):
            if not os.path.exists(os.path.join(root, found, "README.md")):
                return words
            place = place.rstrip("/") + "/README.md"
            found = os.path.join(found, "README.md")
        if os.path.exists(os.path.join(root, found)):
            waiting.append(found)
        return f"[{words}]({place}{'#' + anchor if anchor else ''})"

    def prose(part):
        part = LINK.sub(link, part)
        return ROW.sub(lambda row: CODE.sub(lambda code: code.group().replace("\\|", "|"), row.group()), part)

    return "".join(part if FENCE.fullmatch(part) else prose(part) for part in FENCE.split(text))


main(*sys.argv[1:])
