-- One row for each work; everything a merge of records decides stands in it.
CREATE TABLE papers (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    -- Bytes whose order is the order of paper ids; one to one with `id`.
    id_order BLOB NOT NULL UNIQUE,
    -- Version and kind of source that title, abstract and `withdrawn` came from.
    text_version INTEGER NOT NULL CHECK (text_version BETWEEN 0 AND 65535),
    source INTEGER NOT NULL CHECK (source BETWEEN 1 AND 255),
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    -- YYYY-MM-DD of the first version; not exact where only the month or year is known.
    first_day TEXT,
    first_day_exact INTEGER NOT NULL CHECK (first_day_exact IN (0, 1)),
    -- 128 bits of BLAKE3 over title and abstract, and over everything else of the paper.
    text_hash BLOB NOT NULL CHECK (length(text_hash) = 16),
    row_hash BLOB NOT NULL CHECK (length(row_hash) = 16),
    -- Where the fields below came from, if any came from elsewhere than the title.
    field_ranks BLOB,
    categories TEXT,
    authors TEXT,
    comments TEXT,
    journal_ref TEXT,
    doi TEXT,
    license TEXT,
    venue TEXT,
    keywords TEXT,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL
) STRICT;
CREATE INDEX papers_by_day ON papers (first_day, first_day_exact);
CREATE INDEX papers_by_text_hash ON papers (key, text_hash);
CREATE INDEX papers_hidden ON papers (key) WHERE withdrawn = 1 OR deleted = 1;
CREATE INDEX papers_without_abstract ON papers (key) WHERE abstract = '';

CREATE TABLE versions (
    key INTEGER NOT NULL REFERENCES papers (key),
    number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 65535),
    date TEXT,
    PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;

-- Each category of a paper, and the archive of each.
CREATE TABLE paper_categories (
    category TEXT NOT NULL,
    key INTEGER NOT NULL REFERENCES papers (key),
    PRIMARY KEY (category, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrivals (
    key INTEGER NOT NULL REFERENCES papers (key),
    day TEXT NOT NULL,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    PRIMARY KEY (key, day, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_by_day ON arrivals (day, kind);

-- Ids whose deletion a source told of, known here or not.
CREATE TABLE deletions (
    id_order BLOB NOT NULL PRIMARY KEY,
    id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5 (
    title, abstract, authors,
    content = 'papers', content_rowid = 'key',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
-- One flush for each import batch instead of one for each megabyte.
INSERT INTO words (words, rank) VALUES ('hashsize', 33554432);

CREATE TABLE encoders (
    number INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE
) STRICT;

-- Papers with a durable vector, and the text that it was made of.
CREATE TABLE embeddings (
    encoder INTEGER NOT NULL REFERENCES encoders (number),
    key INTEGER NOT NULL REFERENCES papers (key),
    text_hash BLOB NOT NULL CHECK (length(text_hash) = 16),
    PRIMARY KEY (encoder, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE embed_failures (
    encoder INTEGER NOT NULL REFERENCES encoders (number),
    key INTEGER NOT NULL REFERENCES papers (key),
    text_hash BLOB NOT NULL CHECK (length(text_hash) = 16),
    reason TEXT NOT NULL,
    PRIMARY KEY (encoder, key)
) STRICT, WITHOUT ROWID;

-- `created` and `at` are microseconds since 1970-01-01 UTC.
CREATE TABLE sets (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE ratings (
    set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES papers (key),
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    at INTEGER NOT NULL,
    -- 48 bits of BLAKE3 over the other columns: a flipped bit would turn a like into a dislike.
    seal INTEGER NOT NULL,
    PRIMARY KEY (set_number, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE shown (
    set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES papers (key),
    day TEXT NOT NULL,
    PRIMARY KEY (set_number, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    source TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL CHECK (position >= 0),
    records INTEGER NOT NULL CHECK (records >= 0),
    finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
