//! Chemical formulas, numbers and units, as the packages `mhchem` and `siunitx` write them.

use super::{Preparer, TOO_DEEP};
use crate::limits::FORMULA_DEPTH;

/// Names of units and their prefixes, with what is shown.
const UNITS: &str = "\
    micro µ milli m kilo k mega M giga G tera T nano n pico p femto f centi c hecto h meter m \
    metre m second s gram g kelvin K volt V ampere A watt W hertz Hz pascal Pa joule J \
    electronvolt eV eV eV tesla T bar bar percent % degree ° celsius °C degreeCelsius °C ohm Ω \
    mole mol liter L litre L hour h minute min day d newton N coulomb C farad F henry H siemens S \
    weber W lumen lm lux lx becquerel Bq gray Gy sievert Sv decibel dB angstrom Å arcsecond ″ \
    arcminute ′ parsec pc dalton Da nm nm um µm mm mm cm cm km km ms ms us µs ns ns ps ps fs fs \
    GHz GHz MHz MHz kHz kHz Hz Hz mW mW kW kW mV mV kV kV meV meV keV keV MeV MeV GeV GeV TeV TeV \
    square ² squared ² cubic ³ cubed ³ sr sr";

impl Preparer<'_> {
    /// Reads the arguments of a command for chemistry, numbers or units.
    pub(super) fn science(&mut self, name: &str) -> Result<(), String> {
        self.base();
        let Some((content, rest)) = self.argument() else {
            return Ok(());
        };
        self.rest = rest;
        let tex = match name {
            "ce" => chemical(content)?,
            "num" => number(content),
            "si" | "unit" => unit(content),
            _ => {
                let units = self.argument();
                self.rest = units.map_or(self.rest, |(_, rest)| rest);
                let units = units.map_or(String::new(), |(units, _)| unit(units));
                format!("{}\\,{units}", number(content))
            }
        };
        self.level().chain = 0;
        self.out.push_str(&tex);
        Ok(())
    }
}

/// Writes a chemical formula: digits behind a letter or a fence are below the line. What else is in
/// it goes to the converter as it is, so it is counted what could nest there.
fn chemical(content: &str) -> Result<String, String> {
    let nesting = content.bytes().filter(|byte| b"{\\^_".contains(byte));
    if nesting.count() > FORMULA_DEPTH {
        return Err(TOO_DEEP.to_owned());
    }
    let mut out = String::from("\\mathrm{");
    let mut characters = content.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let is_count =
            character.is_ascii_digit() && (before.is_ascii_alphabetic() || ")]".contains(before));
        match character {
            _ if is_count => {
                out.push_str("_{");
                out.push(character);
                while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                    out.push(digit);
                }
                out.push('}');
            }
            '^' | '_' if characters.peek() != Some(&'{') => {
                out.push(character);
                out.push('{');
                while let Some(sign) =
                    characters.next_if(|next| next.is_ascii_digit() || "+-".contains(*next))
                {
                    out.push(sign);
                }
                out.push('}');
            }
            '-' if characters.peek() == Some(&'>') => {
                characters.next();
                out.push_str("\\rightarrow ");
            }
            '%' | '#' | '$' | '&' => {}
            _ => out.push(character),
        }
        before = character;
    }
    out.push('}');
    Ok(out)
}

/// Writes a number: `e` stands before a power of ten.
fn number(content: &str) -> String {
    let allowed: String = content
        .chars()
        .filter(|one| one.is_ascii_digit() || "+-.,e() x".contains(*one))
        .collect();
    match allowed.split_once('e') {
        Some(("", power)) => format!("10^{{{power}}}"),
        Some((factor, power)) => format!("{factor}\\times 10^{{{power}}}"),
        None => allowed.replace('x', "\\times "),
    }
}

/// Writes units: names as their signs, `\per` as a slash.
fn unit(content: &str) -> String {
    let mut words = String::new();
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if first == '\\' {
            let end = rest.find(|one: char| !one.is_ascii_alphabetic());
            let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            match name {
                "per" => words.push('/'),
                _ => words.push_str(crate::unicode::found(UNITS, name).unwrap_or(name)),
            }
        } else if first.is_alphanumeric() || "./ -°".contains(first) {
            words.push(first);
        }
    }
    format!("\\text{{{}}}", super::words::escaped(&words))
}
