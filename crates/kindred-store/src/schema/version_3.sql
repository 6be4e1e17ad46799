-- What a set demands of the papers that its feeds show.
CREATE TABLE rules (
    set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
    -- From 1, in the order in which they were given.
    place INTEGER NOT NULL CHECK (place > 0),
    -- 1 must, 2 must not, 3 category, 4 not category, 5 pin author, 6 mute author.
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 6),
    text TEXT NOT NULL,
    -- 48 bits of BLAKE3 over the other columns: a changed letter would hide other papers.
    seal INTEGER NOT NULL,
    PRIMARY KEY (set_number, place)
) STRICT, WITHOUT ROWID;

-- Titles and abstracts as a reader saw them, each once, by the hash that `papers.text_hash` is.
CREATE TABLE seen_texts (
    text_hash BLOB NOT NULL PRIMARY KEY CHECK (length(text_hash) = 16),
    title TEXT NOT NULL,
    abstract TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The text and version that a feed of a set showed of a paper, by the day of the feed.
CREATE TABLE shown_texts (
    set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES papers (key),
    day TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version BETWEEN 0 AND 65535),
    text_hash BLOB NOT NULL REFERENCES seen_texts (text_hash),
    PRIMARY KEY (set_number, key, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_texts_by_hash ON shown_texts (text_hash);

-- The text and version that a paper had when it was last liked in a set.
CREATE TABLE liked_texts (
    set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES papers (key),
    version INTEGER NOT NULL CHECK (version BETWEEN 0 AND 65535),
    text_hash BLOB NOT NULL REFERENCES seen_texts (text_hash),
    PRIMARY KEY (set_number, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX liked_texts_by_hash ON liked_texts (text_hash);

-- What was seen before texts were kept is taken to be what the library holds now.
INSERT INTO seen_texts (text_hash, title, abstract)
    SELECT DISTINCT text_hash, title, abstract FROM papers
    WHERE key IN (SELECT key FROM shown UNION SELECT key FROM ratings WHERE liked = 1)
    ORDER BY text_hash;
INSERT INTO shown_texts (set_number, key, day, version, text_hash)
    SELECT shown.set_number, shown.key, shown.day, papers.text_version, papers.text_hash
    FROM shown JOIN papers ON papers.key = shown.key
    ORDER BY shown.set_number, shown.key;
INSERT INTO liked_texts (set_number, key, version, text_hash)
    SELECT ratings.set_number, ratings.key, papers.text_version, papers.text_hash
    FROM ratings JOIN papers ON papers.key = ratings.key
    WHERE ratings.liked = 1
    ORDER BY ratings.set_number, ratings.key;
