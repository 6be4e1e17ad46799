-- Works of several kinds, some in collections, in the trash or of a feed, written for this project.
INSERT INTO itemTypes VALUES (1, 'preprint'), (2, 'attachment'), (3, 'note');
INSERT INTO fields VALUES (1, 'title'), (2, 'archiveID'), (3, 'DOI'), (4, 'date'),
    (5, 'abstractNote'), (6, 'extra');
INSERT INTO creatorTypes VALUES (1, 'author'), (2, 'editor');
INSERT INTO items VALUES (1, 1, '2021-03-04 05:06:07', 'AAAA1111'),
    (2, 1, '2020-01-01 00:00:00', 'BBBB2222'), (3, 2, '2021-03-04 05:06:08', 'CCCC3333'),
    (4, 1, '2022-01-01 00:00:00', 'TRASHED1'), (5, 1, '2022-01-01 00:00:00', 'FEEDITEM'),
    (6, 1, 'no day', 'DDDD4444'), (7, 1, '2023-01-01 00:00:00', 'EMPTY555');
INSERT INTO itemDataValues VALUES (1, 'Lattice <i>Masks</i>'), (2, 'arXiv:2401.01234'),
    (3, '10.1234/ABC'), (4, '2024-01-00 January 2024'), (5, 'Sums & bounds.'),
    (6, 'Knots without Rope'), (7, 'arXiv:math/0611800 [math.GT]'), (8, 'In the trash'),
    (9, 1984);
INSERT INTO itemData VALUES (1, 1, 1), (1, 2, 2), (1, 4, 4), (1, 5, 5), (2, 1, 6), (2, 6, 7),
    (3, 1, 1), (4, 1, 8), (5, 1, 8), (6, 1, 9), (6, 3, 3);
INSERT INTO creators VALUES (1, 'Élodie', 'Lévy'), (2, '', 'The Small Team'), (3, 'E', 'Ditor');
INSERT INTO itemCreators VALUES (1, 2, 1, 1), (1, 1, 1, 0), (1, 3, 2, 2);
INSERT INTO deletedItems VALUES (4);
INSERT INTO feedItems VALUES (5);
INSERT INTO collections VALUES (1, 'Thesis', NULL), (2, 'Methods', 1), (3, 'Other', NULL),
    (4, 'Methods', 3);
INSERT INTO collectionItems VALUES (1, 1), (2, 2), (4, 6), (1, 4);
