//! The engine's answers as replies, and those that the engine has no shape for.

mod find;
mod rank;
mod sets;

pub(crate) use self::find::{PaperAnswer, VersionView};
pub(crate) use self::sets::{RateAnswer, SetsAnswer};
