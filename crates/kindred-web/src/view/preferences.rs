//! What a reader has chosen for the pages; kept in a cookie of the browser.

use axum::http::HeaderValue;
use kindred_engine::SetName;

/// Name of the cookie.
pub(crate) const PREFERENCES: &str = "kindred_view";
/// How long browsers keep it: a year, in seconds.
const AGE: u32 = 31_536_000;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in the style; none for that of the system.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        self.name().unwrap_or("system")
    }

    pub(crate) fn parse(text: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|theme| theme.word() == text).unwrap_or_default()
    }
}

/// What a reader has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) theme: Theme,
    /// Whether single keys do something.
    pub(crate) keys: bool,
    /// Whether abstracts are unfolded.
    pub(crate) abstracts: bool,
    /// The set that was used last.
    pub(crate) set: Option<SetName>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            keys: true,
            abstracts: false,
            set: None,
        }
    }
}

impl Preferences {
    /// Reads the cookie; what is not understood is as if it were not there.
    pub(crate) fn parse(text: &str) -> Self {
        let mut preferences = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match &*name {
                "theme" => preferences.theme = Theme::parse(&value),
                "keys" => preferences.keys = value != "off",
                "abstracts" => preferences.abstracts = value == "open",
                "set" => preferences.set = value.parse().ok(),
                _ => {}
            }
        }
        preferences
    }

    /// The header that has a browser keep it.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let mut fields = url::form_urlencoded::Serializer::new(String::new());
        fields.append_pair("theme", self.theme.word());
        fields.append_pair("keys", if self.keys { "on" } else { "off" });
        fields.append_pair("abstracts", if self.abstracts { "open" } else { "folded" });
        if let Some(set) = &self.set {
            fields.append_pair("set", set.as_str());
        }
        let value = fields.finish();
        let cookie =
            format!("{PREFERENCES}={value}; Path=/; Max-Age={AGE}; HttpOnly; SameSite=Lax");
        HeaderValue::from_str(&cookie).expect("form fields are ASCII without control characters")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theme_names_are_those_of_the_style() {
        let style = include_str!("../../assets/tokens.css");
        assert_eq!(Theme::System.name(), None);
        for theme in [Theme::Light, Theme::Dark] {
            let name = theme.name().unwrap();
            assert!(
                style.contains(&format!("[data-theme=\"{name}\"]")),
                "{name}"
            );
        }
    }

    #[test]
    fn preferences_come_back_from_the_cookie() {
        let preferences = Preferences {
            theme: Theme::Dark,
            keys: false,
            abstracts: true,
            set: Some("reading-2.group_a".parse().unwrap()),
        };
        let header = preferences.cookie();
        let header = header.to_str().unwrap();
        let value = header.split(';').next().unwrap();
        let value = value.strip_prefix("kindred_view=").unwrap();
        assert_eq!(Preferences::parse(value), preferences);
        assert_eq!(
            Preferences::parse("theme=pink&x&keys=&set="),
            Preferences::default()
        );
    }
}
