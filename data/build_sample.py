#!/usr/bin/env python3
"""Turns the texts in data/authoring/ into sample.atom.xml and sample.jsonl.

Usage: python3 data/build_sample.py            write both files
       python3 data/build_sample.py --check    write nothing, fail if a committed file differs

Standard library only. The same sources always give the same bytes. Every rule that the sample
promises (README.md) is checked before anything is written; a broken rule stops the build with
one line per fault.

An authoring file holds one field:

    # Name of the field (main category)
    ## a narrow sub-topic
    === 2603.90017
    title: ...
    categories: primary cross-list ...
    authors: 12 47 103                     numbers; printed as "Author 012"
    dates: 2026-03-27T09:12:00Z ...        one time for each version
    comments: 12 pages                     optional; "Sample record" is put in front
    <empty line>
    the abstract, wrapped at will
"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

ROOT = Path(__file__).resolve().parent
ATOM = ROOT / "sample.atom.xml"
JSON_LINES = ROOT / "sample.jsonl"
SETS = ROOT / "sets"

FIRST_DAY = date(2026, 1, 5)
LAST_DAY = date(2026, 3, 27)
LAST_DAY_PAPERS = 24
DAYS_BEFORE = 3  # weekdays before the last day, with 10 to 15 papers each
AUTHOR_COUNT = 180
LABEL = "Sample record"
FEED_TITLE = "Kindred sample: invented papers, written for the project, as an arXiv query answer"

# Announced arXiv ids never came near 90000 in a month: no sample id can be a real paper's.
ID = re.compile(r"260[1-3]\.9\d{4}")
CATEGORY = re.compile(r"(astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)"
                      r"\.[A-Za-z-]+|gr-qc|hep-(ex|lat|ph|th)|math-ph|nucl-(ex|th)|quant-ph")
HEADER_KEYS = ("title", "categories", "authors", "dates", "comments")
WORDS = {"title": (5, 13), "abstract": (48, 100)}


@dataclass
class Paper:
    """One invented paper; `times` holds the submission time of each version, oldest first."""

    id: str
    field: str
    topic: str
    title: str
    abstract: str
    categories: list[str]
    author_numbers: list[int]
    times: list[str]
    remark: str

    @property
    def day(self) -> date:
        """The day of the first version."""
        return moment(self.times[0]).date()

    @property
    def authors(self) -> list[str]:
        return [f"Author {number:03d}" for number in self.author_numbers]

    @property
    def comments(self) -> str:
        return f"{LABEL}, {self.remark}" if self.remark else LABEL


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def read_papers() -> list[Paper]:
    """All papers, by id."""
    papers = []
    for path in sorted((ROOT / "authoring").glob("*.txt")):
        heading, *blocks = re.split(r"^(?=## |=== )", path.read_text("utf-8"), flags=re.M)
        if not heading.startswith("# "):
            sys.exit(f"{path.name}: the first line must be `# Name of the field`")
        topic = ""
        for block in blocks:
            first, _, rest = block.partition("\n")
            if first.startswith("## "):
                topic = first.removeprefix("## ").strip()
            else:
                papers.append(read_record(path, topic, first.removeprefix("=== ").strip(), rest))
    return sorted(papers, key=lambda paper: paper.id)


def read_record(path: Path, topic: str, paper_id: str, text: str) -> Paper:
    header, gap, abstract = text.partition("\n\n")
    values = {}
    for line in header.splitlines():
        key, colon, value = line.partition(": ")
        if not colon or key not in HEADER_KEYS or key in values:
            sys.exit(f"{path.name}, {paper_id}: unexpected line `{line}`")
        values[key] = value.strip()
    missing = [key for key in HEADER_KEYS[:4] if not values.get(key)]
    if missing or not gap or not topic:
        sys.exit(f"{path.name}, {paper_id}: without {', '.join(missing) or 'abstract or topic'}")
    return Paper(
        id=paper_id,
        field=path.stem,
        topic=topic,
        title=values["title"],
        abstract=" ".join(abstract.split()),
        categories=values["categories"].split(),
        author_numbers=[int(number) for number in values["authors"].split()],
        times=values["dates"].split(),
        remark=values.get("comments", ""),
    )


def faults_of_record(paper: Paper) -> list[str]:
    faults = []
    for name, (least, most) in WORDS.items():
        count = len(getattr(paper, name).split())
        if not least <= count <= most:
            faults.append(f"{name} of {count} words, not {least} to {most}")
    if not paper.abstract.endswith("."):
        faults.append("abstract does not end with a full stop")
    if not ID.fullmatch(paper.id) or paper.id[:4] != paper.day.strftime("%y%m"):
        faults.append("id is not the month of the first version and a number from 90000")
    if not all(CATEGORY.fullmatch(category) for category in paper.categories):
        faults.append(f"odd category among {paper.categories}")
    if len(set(paper.categories)) < len(paper.categories):
        faults.append("a category twice")
    numbers = paper.author_numbers
    if not 1 <= len(set(numbers)) == len(numbers) <= 4:
        faults.append("needs one to four different authors")
    if not all(1 <= number <= AUTHOR_COUNT for number in numbers):
        faults.append(f"author number outside 1 to {AUTHOR_COUNT}")
    if any(late <= early for early, late in zip(paper.times, paper.times[1:])):
        faults.append("versions out of order")
    days = [moment(time).date() for time in paper.times]
    if days[0].weekday() > 4 or not FIRST_DAY <= days[0] <= days[-1] <= LAST_DAY:
        faults.append("a version outside the sample's days, or a first version on a weekend")
    return [f"{paper.id}: {fault}" for fault in faults]


def faults_of_corpus(papers: list[Paper]) -> list[str]:
    faults = []
    for what, values in (
        ("id", [paper.id for paper in papers]),
        ("title", [paper.title.casefold() for paper in papers]),
        ("sentence", [sentence for paper in papers for sentence in sentences(paper.abstract)]),
    ):
        faults += [f"{what} twice: {value}" for value, n in Counter(values).items() if n > 1]
    if [paper.times[0] for paper in papers] != sorted(paper.times[0] for paper in papers):
        faults.append("ids do not follow the times of the first versions")
    fields = Counter(paper.field for paper in papers)
    if len(papers) < 252 or len(fields) < 14:
        faults.append(f"{len(papers)} papers in {len(fields)} fields, not 252 in 14 or more")
    for field, count in fields.items():
        topics = Counter(paper.topic for paper in papers if paper.field == field)
        if count < 18 or not 2 <= len(topics) <= 4:
            faults.append(f"{field}: {count} papers in {len(topics)} sub-topics")
        faults += [f"{field}, {topic}: {n} papers, not 5 to 10"
                   for topic, n in topics.items() if not 5 <= n <= 10]
    days = Counter(paper.day for paper in papers)
    if days[LAST_DAY] != LAST_DAY_PAPERS or FIRST_DAY not in days:
        faults.append(f"{days[LAST_DAY]} papers on the last day, {days[FIRST_DAY]} on the first")
    for back in range(1, DAYS_BEFORE + 1):
        day = LAST_DAY - timedelta(days=back)
        if not 10 <= days[day] <= 15:
            faults.append(f"{days[day]} papers on {day}, not 10 to 15")
    if sum(len(paper.times) > 1 for paper in papers) < 12:
        faults.append("fewer than 12 papers with a second version")
    return faults


def sentences(abstract: str) -> list[str]:
    return [part.casefold() for part in re.split(r"(?<=[.?!])\s+", abstract) if len(part) > 20]


def faults_of_sets(papers: list[Paper]) -> list[str]:
    """A set must leave the last day to be ranked: its papers are all older."""
    faults = []
    older = {f"arXiv:{paper.id}" for paper in papers if paper.day < LAST_DAY}
    paths = sorted(SETS.glob("*.json"))
    if len(paths) < 2:
        faults.append("fewer than two sets")
    for path in paths:
        content = json.loads(path.read_text("utf-8"))
        likes, dislikes = content["likes"], content["dislikes"]
        if list(content) != ["name", "about", "likes", "dislikes"] or content["name"] != path.stem:
            faults.append(f"{path.name}: odd members or a name unlike the file's")
        if not (5 <= len(likes) <= 8 and 2 <= len(dislikes) <= 3):
            faults.append(f"{path.name}: {len(likes)} likes, {len(dislikes)} dislikes")
        if len(set(likes + dislikes)) < len(likes + dislikes):
            faults.append(f"{path.name}: a paper twice")
        faults += [f"{path.name}: {paper_id} is not in the sample before the last day"
                   for paper_id in likes + dislikes if paper_id not in older]
    return faults


def json_lines(papers: list[Paper]) -> str:
    lines = []
    for paper in papers:
        record = {
            "id": f"arXiv:{paper.id}",
            "title": paper.title,
            "abstract": paper.abstract,
            "categories": paper.categories,
            "date": paper.day.isoformat(),
            "authors": paper.authors,
            "comments": paper.comments,
            "versions": [{"number": n, "date": time} for n, time in enumerate(paper.times, 1)],
        }
        lines.append(json.dumps(record, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def atom(papers: list[Paper]) -> str:
    head = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" \
xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>urn:kindred:sample</id>
  <title>{escape(FEED_TITLE)}</title>
  <updated>{max(paper.times[-1] for paper in papers)}</updated>
  <opensearch:itemsPerPage>{len(papers)}</opensearch:itemsPerPage>
  <opensearch:totalResults>{len(papers)}</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
"""
    return head + "".join(atom_entry(paper) for paper in papers) + "</feed>\n"


def atom_entry(paper: Paper) -> str:
    versioned = f"{paper.id}v{len(paper.times)}"
    lines = [
        "  <entry>",
        f"    <id>http://arxiv.org/abs/{versioned}</id>",
        f"    <title>{escape(paper.title)}</title>",
        f"    <updated>{paper.times[-1]}</updated>",
        f'    <link href="https://arxiv.org/abs/{versioned}" rel="alternate" type="text/html"/>',
        f'    <link href="https://arxiv.org/pdf/{versioned}" rel="related" '
        'type="application/pdf" title="pdf"/>',
        f"    <summary>{escape(paper.abstract)}</summary>",
    ]
    lines += [f'    <category term={quoteattr(category)} scheme="http://arxiv.org/schemas/atom"/>'
              for category in paper.categories]
    lines += [
        f"    <published>{paper.times[0]}</published>",
        f"    <arxiv:comment>{escape(paper.comments)}</arxiv:comment>",
        f"    <arxiv:primary_category term={quoteattr(paper.categories[0])}/>",
    ]
    for author in paper.authors:
        lines += ["    <author>", f"      <name>{escape(author)}</name>", "    </author>"]
    lines.append("  </entry>")
    return "\n".join(lines) + "\n"


def main() -> None:
    check_only = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check_only:
        sys.exit(__doc__)
    papers = read_papers()
    faults = [fault for paper in papers for fault in faults_of_record(paper)]
    faults += faults_of_corpus(papers) + faults_of_sets(papers)
    outputs = {ATOM: atom(papers), JSON_LINES: json_lines(papers)}
    if check_only and not faults:
        faults += [f"{path.name} is not what the sources give; run data/build_sample.py"
                   for path, text in outputs.items()
                   if not path.is_file() or path.read_bytes() != text.encode()]
    if faults:
        sys.exit("\n".join(faults))
    if not check_only:
        for path, text in outputs.items():
            path.write_bytes(text.encode())
    words = sum(len(f"{paper.title} {paper.abstract}".split()) for paper in papers)
    topics = len({(paper.field, paper.topic) for paper in papers})
    print(f"{len(papers)} papers, {len({p.field for p in papers})} fields, {topics} sub-topics, "
          f"{words} words, {sum(len(p.times) > 1 for p in papers)} with several versions, "
          f"{len({p.day for p in papers})} days")


if __name__ == "__main__":
    main()
