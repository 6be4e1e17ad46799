-- Categories whose announcements are followed; `*` stands for all of arXiv.
CREATE TABLE follows (
    category TEXT NOT NULL PRIMARY KEY,
    -- The first announcement day that has to be complete, YYYY-MM-DD.
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each list of a service was harvested. Times are microseconds since 1970-01-01 UTC, by
-- the clock of the service.
CREATE TABLE harvests (
    -- The service and the list, such as `oai cs.DC` or `query cs.DC`.
    list TEXT NOT NULL PRIMARY KEY,
    -- Every record whose datestamp lies in these days was here at `checked`.
    covered_from TEXT,
    covered_until TEXT,
    checked INTEGER,
    -- A harvest under way: its first day, when its first page was answered, the token of its next
    -- page, when that was given, the day of the last record that is here, pages and records.
    from_day TEXT,
    started INTEGER,
    token TEXT,
    token_at INTEGER,
    last_day TEXT,
    pages INTEGER NOT NULL CHECK (pages >= 0),
    records INTEGER NOT NULL CHECK (records >= 0),
    -- Whether all its pages are here and only the census is left.
    is_listed INTEGER NOT NULL CHECK (is_listed IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Papers whose full record came by OAI-PMH, with the day of its last change there.
CREATE TABLE datestamps (
    key INTEGER PRIMARY KEY REFERENCES papers (key),
    day TEXT NOT NULL
) STRICT;

-- The latest day of change among the records read of a source, where it has such days.
ALTER TABLE imports ADD COLUMN latest TEXT;

-- Records that are known to exist and are not here.
CREATE TABLE missing (
    id_order BLOB NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    -- The announcement day or day of change that named it.
    day TEXT NOT NULL,
    -- Categories that it is known to belong to, a JSON list.
    categories TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries >= 0)
) STRICT, WITHOUT ROWID;

-- What the feed of an announcement day listed for a category.
CREATE TABLE announced (
    category TEXT NOT NULL,
    day TEXT NOT NULL,
    fresh INTEGER NOT NULL CHECK (fresh >= 0),
    replaced INTEGER NOT NULL CHECK (replaced >= 0),
    at INTEGER NOT NULL,
    PRIMARY KEY (category, day)
) STRICT, WITHOUT ROWID;

-- Announcement days that were not complete, open and closed.
CREATE TABLE gaps (
    category TEXT NOT NULL,
    day TEXT NOT NULL,
    -- 1 not harvested, 2 records missing, 3 far fewer papers than usual.
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
    reason TEXT NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER,
    outcome TEXT,
    PRIMARY KEY (category, day, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX gaps_open ON gaps (category, day) WHERE closed IS NULL;

-- What each sync tried, newest last; old ones are removed.
CREATE TABLE attempts (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    -- As in `harvests`, or `feed CATEGORIES`.
    list TEXT NOT NULL,
    -- Days of change asked for; the last is open where it is absent.
    from_day TEXT,
    until_day TEXT,
    records INTEGER NOT NULL CHECK (records >= 0),
    -- Why it was not complete; absent if it was.
    failure TEXT
) STRICT;
