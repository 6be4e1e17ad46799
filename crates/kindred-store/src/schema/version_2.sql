-- Papers by the letters of their title: 64 bits of BLAKE3 over its folded form
-- (`kindred_core::title_key`), for titles that have letters or digits.
CREATE TABLE title_keys (
    hash INTEGER NOT NULL,
    key INTEGER NOT NULL REFERENCES papers (key),
    PRIMARY KEY (hash, key)
) STRICT, WITHOUT ROWID;
-- `title_hash` is a function of the program, known only while it migrates.
INSERT INTO title_keys (hash, key)
    SELECT hash, key FROM (SELECT title_hash(title) AS hash, key FROM papers)
    WHERE hash IS NOT NULL ORDER BY hash, key;

CREATE INDEX papers_by_doi ON papers (lower(doi)) WHERE doi IS NOT NULL;
