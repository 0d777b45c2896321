//! Middleware as a character lists it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

/// One middleware of a list: its name, or a table of its name with settings: `{ retry = { times = 3 } }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// The settings; empty takes the defaults.
    pub settings: Map<String, Value>,
}

impl Listed {
    /// The list of a plugin's table. What is malformed is left out: checking reports it.
    #[must_use]
    pub fn of_table(table: &Map<String, Value>) -> Vec<Self> {
        let list = table.get("middleware").and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Self::read).collect()
    }

    /// One entry; `None` where it is malformed.
    #[must_use]
    pub fn read(entry: &Value) -> Option<Self> {
        match entry {
            Value::String(name) => Some(Self { name: name.clone(), settings: Map::new() }),
            Value::Object(table) if table.len() == 1 => table.iter().next().and_then(|(name, settings)| {
                Some(Self { name: name.clone(), settings: settings.as_object()?.clone() })
            }),
            _ => None,
        }
    }
}

impl Serialize for Listed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.settings.is_empty() {
            return serializer.serialize_str(&self.name);
        }
        serializer.collect_map([(&self.name, &self.settings)])
    }
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Value::deserialize(deserializer)?;
        let expected = "expected the name of a middleware, or a table of one name with settings";
        Self::read(&entry).ok_or_else(|| D::Error::custom(expected))
    }
}
