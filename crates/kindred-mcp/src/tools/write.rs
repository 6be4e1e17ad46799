//! `rate_paper` and `add_to_set`.

use jiff::Timestamp;
use kindred_engine::{Library, PaperId, RateCounts, Rating, SetName};

use crate::access::Access;
use crate::answers::RateAnswer;
use crate::arguments::{
    AddArguments, RateArguments, RatingArgument, at_most, set_name, set_or_only, set_to_rate_in,
};
use crate::error::ToolError;

pub(super) fn rate(
    access: &Access,
    arguments: &RateArguments,
    now: Timestamp,
) -> Result<RateAnswer, ToolError> {
    let name = arguments.set.as_deref();
    access.write(|library| {
        let rating = match arguments.rating {
            RatingArgument::Like => Rating::Like,
            RatingArgument::Dislike => Rating::Dislike,
            RatingArgument::None => {
                let set = set_or_only(library, name)?;
                return Ok(RateAnswer {
                    removed: library.unrate(&set, std::slice::from_ref(&arguments.id))?,
                    set: set.to_string(),
                    made: false,
                    counts: RateCounts::default(),
                    disliked: Vec::new(),
                });
            }
        };
        let set = set_to_rate_in(library, name)?;
        let made = !exists(library, &set)?;
        let counts = library.rate(&set, std::slice::from_ref(&arguments.id), rating, now)?;
        Ok(RateAnswer {
            set: set.to_string(),
            made,
            counts,
            removed: 0,
            disliked: Vec::new(),
        })
    })
}

pub(super) fn add(
    access: &Access,
    arguments: &AddArguments,
    now: Timestamp,
) -> Result<RateAnswer, ToolError> {
    at_most("ids", &arguments.ids)?;
    if arguments.ids.is_empty() {
        return Err(ToolError::new(
            "`ids` is empty, expected at least one paper",
        ));
    }
    let set = set_name(&arguments.set)?;
    access.write(|library| {
        let made = !exists(library, &set)?;
        let before = if made {
            Vec::new()
        } else {
            disliked(library, &set)?
        };
        let (mut add, mut kept) = (Vec::new(), Vec::new());
        for id in &arguments.ids {
            // The set knows a paper by the first of its ids.
            let id = library.paper(id)?.paper.id;
            if before.contains(&id) {
                kept.push(id);
            } else {
                add.push(id);
            }
        }
        let counts = if add.is_empty() {
            RateCounts::default()
        } else {
            library.rate(&set, &add, Rating::Like, now)?
        };
        Ok(RateAnswer {
            set: set.to_string(),
            made,
            counts,
            removed: 0,
            disliked: kept,
        })
    })
}

fn exists(library: &Library, set: &SetName) -> Result<bool, ToolError> {
    Ok(library.sets()?.iter().any(|known| known.name == *set))
}

fn disliked(library: &Library, set: &SetName) -> Result<Vec<PaperId>, ToolError> {
    let rated = library.rated(set)?;
    let disliked = rated.into_iter().filter(|one| one.rating == "dislike");
    Ok(disliked.map(|one| one.paper.id).collect())
}
