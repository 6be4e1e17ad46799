-- Other ids of papers: those under which further sources know them. No id is both here and in
-- `papers`; those of one paper are part of its `row_hash`.
CREATE TABLE aliases (
    -- Bytes whose order is the order of paper ids; one to one with `id`.
    id_order BLOB NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    key INTEGER NOT NULL REFERENCES papers (key)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_key ON aliases (key);
