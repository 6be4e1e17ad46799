//! The still picture of the map in pages.

use maud::{Markup, html};

use super::link;
use super::preferences::Theme;

/// Refers to the picture in the theme of the reader; `fields` say which picture it is.
pub(crate) fn picture(theme: Theme, fields: &[(&str, &str)], alt: &str) -> Markup {
    let address = |theme| {
        let all: Vec<(&str, &str)> = [("theme", theme)]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        link::with_query("/map.svg", &all)
    };
    html! {
        picture {
            @if theme == Theme::System {
                source media="(prefers-color-scheme: dark)" srcset=(address("dark"));
            }
            img src=(address(if theme == Theme::Dark { "dark" } else { "" })) alt=(alt) loading="lazy";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_theme_goes_before_that_of_the_system() {
        let shown = |theme| picture(theme, &[("v", "7")], "Map").into_string();
        let dark = "/map.svg?theme=dark&amp;v=7";
        assert!(shown(Theme::System).contains(&format!("srcset=\"{dark}\"")));
        assert!(shown(Theme::System).contains("src=\"/map.svg?v=7\""));
        assert!(shown(Theme::Dark).contains(&format!("src=\"{dark}\"")));
        assert!(!shown(Theme::Dark).contains("<source"));
        assert!(!shown(Theme::Light).contains("dark"));
    }
}
