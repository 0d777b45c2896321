//! The service that asks the weather server, and remembers what it said for a while.

use crate::{Report, Settings, Sky, Units, Weather};
use galatea::prelude::*;
use galatea_http::{Client, HttpError};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The most places whose reports are kept.
const MOST_REPORTS: usize = 1000;

/// Asks the weather server, and remembers what it said for a while.
#[derive(Debug)]
pub struct WeatherApi {
    http: Client,
    settings: Settings,
    reports: Mutex<BTreeMap<String, (Instant, Report)>>,
    latest: Mutex<Option<Report>>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum WeatherError {
    /// The server knows no such place.
    #[error("the weather service knows no place called {0}")]
    UnknownPlace(String),
    /// The server cannot be asked, or says something strange.
    #[error("the weather service gave no answer: {0}")]
    Service(#[from] HttpError),
    /// A number of the report cannot be JSON.
    #[error("the report cannot be passed on: {0}")]
    Data(#[from] serde_json::Error),
}

/// Current weather by the name of a place.
#[service(permission = Network)]
impl WeatherApi {
    async fn start(config: Config<Weather>, http: Client) -> Self {
        Self::new(http, config.0.as_ref().clone())
    }

    /// The weather at a place now, or as it was a few minutes ago.
    ///
    /// # Errors
    /// [`WeatherError`].
    pub async fn current(&self, place: &str) -> Result<Report, WeatherError> {
        let key = place.trim().to_lowercase();
        if let Some(report) = self.remembered(&key) {
            return Ok(report);
        }
        let found = self.find(place).await?;
        let report = self.ask(&found).await?;
        self.remember(key, &report);
        Ok(report)
    }

    /// The last report that anybody asked for.
    #[must_use]
    pub fn latest(&self) -> Option<Report> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl WeatherApi {
    /// A service with a client of its own; for tests.
    #[must_use]
    pub fn new(http: Client, settings: Settings) -> Self {
        Self { http, settings, reports: Mutex::default(), latest: Mutex::default() }
    }

    fn remembered(&self, key: &str) -> Option<Report> {
        let fresh = Duration::from_secs(self.settings.cache_minutes.saturating_mul(60));
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.get(key).filter(|(at, _)| at.elapsed() < fresh).map(|(_, report)| report.clone())
    }

    fn remember(&self, key: String, report: &Report) {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if reports.len() >= MOST_REPORTS {
            reports.clear();
        }
        reports.insert(key, (Instant::now(), report.clone()));
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
    }

    async fn find(&self, place: &str) -> Result<FoundPlace, WeatherError> {
        let url = format!("{}/v1/search", self.settings.geocoding_url.trim_end_matches('/'));
        let request =
            self.http.get(&url)?.query(&[("name", place.trim()), ("count", "1"), ("format", "json")]);
        let found: FoundPlaces = self.keyed(request).send().await?.json()?;
        found.results.into_iter().next().ok_or_else(|| WeatherError::UnknownPlace(place.trim().to_owned()))
    }

    async fn ask(&self, place: &FoundPlace) -> Result<Report, WeatherError> {
        let url = format!("{}/v1/forecast", self.settings.base_url.trim_end_matches('/'));
        let (latitude, longitude) = (place.latitude.to_string(), place.longitude.to_string());
        let mut request = self.http.get(&url)?.query(&[
            ("latitude", latitude.as_str()),
            ("longitude", longitude.as_str()),
            ("current", "temperature_2m,weather_code,wind_speed_10m"),
        ]);
        if self.settings.units == Units::Imperial {
            request = request.query(&[("temperature_unit", "fahrenheit"), ("wind_speed_unit", "mph")]);
        }
        let forecast: Forecast = self.keyed(request).send().await?.json()?;
        let name = match &place.country {
            Some(country) => format!("{}, {country}", place.name),
            None => place.name.clone(),
        };
        Ok(Report {
            place: name,
            temperature: forecast.current.temperature_2m,
            wind: forecast.current.wind_speed_10m,
            sky: Sky::of_code(forecast.current.weather_code),
            units: self.settings.units,
        })
    }

    fn keyed(&self, request: galatea_http::Request) -> galatea_http::Request {
        match &self.settings.api_key {
            Some(key) => request.query(&[("apikey", key.expose())]),
            None => request,
        }
    }
}

/// The answer of Open-Meteo's geocoding API, as far as it is used.
#[derive(Debug, Deserialize)]
struct FoundPlaces {
    #[serde(default)]
    results: Vec<FoundPlace>,
}

#[derive(Debug, Deserialize)]
struct FoundPlace {
    name: String,
    country: Option<String>,
    latitude: f64,
    longitude: f64,
}

/// The answer of Open-Meteo's forecast API, as far as it is used.
#[derive(Debug, Deserialize)]
struct Forecast {
    current: Current,
}

#[derive(Debug, Deserialize)]
struct Current {
    temperature_2m: f64,
    weather_code: u16,
    wind_speed_10m: f64,
}
