//! What a map is drawn from, and how it is drawn.

use crate::error::MapError;

/// Levels of topics at most: coarse, middle, fine.
pub const LEVELS: usize = 3;

/// Most papers of one map.
const MOST_POINTS: usize = 10_000_000;
/// Most topics of one map; the pages number them with 16 bits and keep one number for none.
const MOST_TOPICS: usize = 65_534;
const YEARS: std::ops::RangeInclusive<i16> = 1900..=7000;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Year, 1900 to 7000.
    pub year: i16,
    /// Month of the year, 1 to 12.
    pub month: u8,
}

impl Month {
    /// Returns a month as a map shows it; `None` for years before 1900 and after 7000, and for what is
    /// no month of a year.
    pub fn of(year: i16, month: u8) -> Option<Self> {
        let found = Self { year, month };
        found.is_shown().then_some(found)
    }

    fn is_shown(self) -> bool {
        YEARS.contains(&self.year) && (1..=12).contains(&self.month)
    }

    /// Months since January 1900 plus one; 0 is kept for papers without a month.
    pub(crate) fn packed(self) -> u16 {
        let year = u16::try_from(self.year - YEARS.start()).unwrap_or(0);
        year * 12 + u16::from(self.month)
    }
}

/// What the user has to do with a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// Arrived lately: a dashed ring.
    New,
    /// Disliked: a cross.
    Disliked,
    /// Liked: a bold ring.
    Liked,
    /// Found by the search that the map was asked for: a triangle.
    Query,
}

impl Mark {
    /// Every mark that is drawn, in the order of legends.
    pub(crate) const DRAWN: [Self; 4] = [Self::Liked, Self::Disliked, Self::New, Self::Query];

    /// The word for it in legends.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "paper",
            Self::New => "new",
            Self::Disliked => "disliked",
            Self::Liked => "liked",
            Self::Query => "found",
        }
    }

    /// Its number in the packed data of pages.
    pub(crate) fn packed(self) -> u8 {
        match self {
            Self::None => 0,
            Self::New => 1,
            Self::Disliked => 2,
            Self::Liked => 3,
            Self::Query => 4,
        }
    }
}

/// One paper of a map.
#[derive(Debug, Clone, Copy)]
pub struct MapPoint<'a> {
    /// Where the layout puts it: finite, any unit, the second coordinate grows upwards.
    pub position: [f32; 2],
    /// Its topic at each level, as places in [`MapInput::topics`]; levels that a library lacks are
    /// `None`. The topic of a finer level must have that of the coarser level as its parent.
    pub topics: [Option<u32>; LEVELS],
    /// When it appeared, if that is known and [`Month::of`] can tell it.
    pub month: Option<Month>,
    /// Its id as it is shown.
    pub id: &'a str,
    /// Its title; any text, markup and TeX stay text.
    pub title: &'a str,
    /// Where a reader finds it. Without an address, pages link arXiv ids and DOIs; addresses other
    /// than `http` and `https` are left out.
    pub url: Option<&'a str>,
    /// What the user has to do with it.
    pub mark: Mark,
    /// How firmly it belongs to its topic, in `[0, 1]`; weak ones are fainter. Not finite counts as 0.
    pub strength: f32,
}

impl MapPoint<'_> {
    /// The finest topic that it has.
    pub(crate) fn finest(&self) -> Option<u32> {
        self.topics.iter().rev().copied().flatten().next()
    }

    pub(crate) fn firmness(&self) -> f32 {
        if self.strength.is_finite() {
            self.strength.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

/// One topic of a map.
#[derive(Debug, Clone, Copy)]
pub struct MapTopic<'a> {
    /// Its lasting number.
    pub number: u64,
    /// Its name; two to four words read best.
    pub label: &'a str,
    /// 0 is coarse, 1 middle, 2 fine.
    pub level: u8,
    /// Place of the topic one level up in [`MapInput::topics`].
    pub parent: Option<u32>,
    /// How many papers it has in all, shown beside its name.
    pub size: u64,
}

/// All that is on a map.
#[derive(Debug, Clone, Copy)]
pub struct MapInput<'a> {
    /// Heading.
    pub title: &'a str,
    /// A line below the heading; may be empty.
    pub subtitle: &'a str,
    /// The papers. Their order decides ties, so callers pass them in a fixed order.
    pub points: &'a [MapPoint<'a>],
    /// The topics; those without papers are listed and get no place.
    pub topics: &'a [MapTopic<'a>],
}

impl MapInput<'_> {
    /// Checks what drawing relies on.
    pub(crate) fn check(&self) -> Result<(), MapError> {
        let too_many = |what, found, most| MapError::TooMany { what, found, most };
        if self.points.len() > MOST_POINTS {
            return Err(too_many("papers", self.points.len(), MOST_POINTS));
        }
        if self.topics.len() > MOST_TOPICS {
            return Err(too_many("topics", self.topics.len(), MOST_TOPICS));
        }
        self.topics
            .iter()
            .try_for_each(|topic| self.check_topic(topic))?;
        self.points
            .iter()
            .try_for_each(|point| self.check_point(point))
    }

    fn check_topic(&self, topic: &MapTopic<'_>) -> Result<(), MapError> {
        let wrong = |found: String, expected| MapError::Topic {
            number: topic.number,
            label: topic.label.to_owned(),
            found,
            expected,
        };
        if usize::from(topic.level) >= LEVELS {
            return Err(wrong(format!("level {}", topic.level), "level 0, 1 or 2"));
        }
        match topic.parent {
            None => Ok(()),
            Some(parent) => match self.topics.get(parent as usize) {
                Some(above) if above.level + 1 == topic.level => Ok(()),
                Some(above) => Err(wrong(
                    format!(
                        "level {} and a parent of level {}",
                        topic.level, above.level
                    ),
                    "a parent one level coarser",
                )),
                None => Err(wrong(
                    format!("parent {parent} of {} topics", self.topics.len()),
                    "the place of a topic",
                )),
            },
        }
    }

    fn check_point(&self, point: &MapPoint<'_>) -> Result<(), MapError> {
        let [x, y] = point.position;
        if !(x.is_finite() && y.is_finite()) {
            let id = point.id.to_owned();
            return Err(MapError::Position { id, x, y });
        }
        if let Some(month) = point.month
            && !month.is_shown()
        {
            let id = point.id.to_owned();
            let Month { year, month } = month;
            return Err(MapError::Month { id, year, month });
        }
        let mut above = None;
        for (level, named) in point.topics.iter().enumerate() {
            let Some(topic) = *named else { continue };
            let wrong = |expected| MapError::PaperTopic {
                id: point.id.to_owned(),
                topic,
                level,
                expected,
            };
            let Some(found) = self.topics.get(topic as usize) else {
                return Err(wrong("the place of a topic in the list"));
            };
            if usize::from(found.level) != level {
                return Err(wrong("a topic of that level"));
            }
            if above.is_some() && found.parent != above {
                return Err(wrong("a topic below the one that it names a level up"));
            }
            above = Some(topic);
        }
        Ok(())
    }
}

/// Light or dark ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark ink on a light ground.
    #[default]
    Light,
    /// Light ink on a dark ground.
    Dark,
}

/// How a picture is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Width of the picture in pixels, 64 to 16384.
    pub width: u32,
    /// Height of the picture in pixels, 64 to 16384.
    pub height: u32,
    /// Its ground. Pages follow the reader's system and use this where that says nothing.
    pub theme: Theme,
    /// Up to how many papers are drawn one by one; above, their density is. 5000 by default,
    /// since more discs than that cover each other and make a vector picture slow.
    pub most_discs: usize,
    /// Whether it is a small picture beside a text: large letters, only those coarse labels that have
    /// room by their topic, neither heading nor legend. False by default.
    pub is_thumbnail: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 1600,
            height: 1200,
            theme: Theme::Light,
            most_discs: 5000,
            is_thumbnail: false,
        }
    }
}

impl Style {
    pub(crate) fn check(&self) -> Result<(), MapError> {
        let sides = 64..=16_384;
        if sides.contains(&self.width) && sides.contains(&self.height) {
            Ok(())
        } else {
            let (width, height) = (self.width, self.height);
            Err(MapError::Size { width, height })
        }
    }
}
