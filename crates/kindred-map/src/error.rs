//! What can go wrong while a map is drawn.

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// A paper has no place.
    #[error("paper `{id}` lies at ({x}, {y}), expected two finite numbers; make the layout again")]
    Position {
        /// The paper.
        id: String,
        /// Its first coordinate.
        x: f32,
        /// Its second coordinate.
        y: f32,
    },
    /// A paper names a topic that does not fit.
    #[error("paper `{id}` names topic {topic} at level {level}, expected {expected}")]
    PaperTopic {
        /// The paper.
        id: String,
        /// Place of the topic in the list of topics.
        topic: u32,
        /// The level at which the paper names it.
        level: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// A topic does not fit into the tree.
    #[error("topic {number} (`{label}`) has {found}, expected {expected}")]
    Topic {
        /// Lasting number of the topic.
        number: u64,
        /// Its label.
        label: String,
        /// What it has.
        found: String,
        /// What would have been right.
        expected: &'static str,
    },
    /// A month is not one.
    #[error("paper `{id}` is of month {year}-{month}, expected 1900-1 to 7000-12")]
    Month {
        /// The paper.
        id: String,
        /// The year.
        year: i16,
        /// The month.
        month: u8,
    },
    /// More than a map can number.
    #[error("a map of {found} {what} cannot be drawn, expected at most {most}")]
    TooMany {
        /// Papers or topics.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A picture of a size that cannot be drawn.
    #[error(
        "a picture of {width} x {height} pixels cannot be drawn, expected 64 to 16384 each way"
    )]
    Size {
        /// Asked width in pixels.
        width: u32,
        /// Asked height in pixels.
        height: u32,
    },
    /// The picture could not be packed as PNG.
    #[error("the picture of {width} x {height} pixels could not be packed as PNG")]
    Png {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What the packer says.
        source: png::EncodingError,
    },
    /// The data of the page could not be written as JSON.
    #[error("the data of the map could not be written as JSON")]
    Json {
        /// What the writer says.
        #[from]
        source: serde_json::Error,
    },
}
