//! A weather report in words. Codes: WMO 4677, as Open-Meteo documents them for `weather_code`.

use crate::Units;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The weather at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The place, with its country: `London, United Kingdom`.
    pub place: String,
    /// The temperature, in the units below.
    pub temperature: f64,
    /// The speed of the wind, in the units below.
    pub wind: f64,
    /// What the sky does.
    pub sky: Sky,
    /// The units.
    pub units: Units,
}

/// What the sky does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sky {
    /// Code 0 and 1.
    Clear,
    /// Code 2 and 3.
    Cloudy,
    /// Codes 45 and 48.
    Fog,
    /// Codes 51 to 57.
    Drizzle,
    /// Codes 61 to 67 and 80 to 82.
    Rain,
    /// Codes 71 to 77, 85 and 86.
    Snow,
    /// Codes 95 to 99.
    Thunder,
    /// Any other code.
    Unknown,
}

impl Sky {
    /// What a WMO weather code means.
    #[must_use]
    pub const fn of_code(code: u16) -> Self {
        match code {
            0 | 1 => Self::Clear,
            2 | 3 => Self::Cloudy,
            45 | 48 => Self::Fog,
            51..=57 => Self::Drizzle,
            61..=67 | 80..=82 => Self::Rain,
            71..=77 | 85 | 86 => Self::Snow,
            95..=99 => Self::Thunder,
            _ => Self::Unknown,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Clear => "clear sky",
            Self::Cloudy => "clouds",
            Self::Fog => "fog",
            Self::Drizzle => "drizzle",
            Self::Rain => "rain",
            Self::Snow => "snow",
            Self::Thunder => "a thunderstorm",
            Self::Unknown => "weather that the service does not name",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (degrees, speed) = match self.units {
            Units::Metric => ("°C", "km/h"),
            Units::Imperial => ("°F", "mph"),
        };
        write!(
            f,
            "{}: {:.0} {degrees}, {}, wind {:.0} {speed}",
            self.place,
            self.temperature,
            self.sky.words(),
            self.wind
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_well() {
        let report = Report {
            place: "London, United Kingdom".to_owned(),
            temperature: 11.4,
            wind: 18.0,
            sky: Sky::of_code(61),
            units: Units::Metric,
        };
        assert_eq!(report.to_string(), "London, United Kingdom: 11 °C, rain, wind 18 km/h");
    }
}
