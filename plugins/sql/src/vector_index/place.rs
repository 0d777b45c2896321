//! What filters look at, small: names are numbers.

use galatea::store::SearchFilter;
use jiff::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A vector's memory as the database tells of it.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// The vector's ordinal.
    pub(crate) ordinal: i64,
    pub(crate) kind: &'a str,
    pub(crate) room: Uuid,
    pub(crate) world: Option<Uuid>,
    pub(crate) entity: Uuid,
    pub(crate) at: Timestamp,
}

/// The same in 28 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    kind: u32,
    room: u32,
    world: u32,
    entity: u32,
    /// Seconds since 1970 and nanoseconds.
    second: i64,
    nanosecond: i32,
}

/// What is wanted, in the same numbers.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    everything: bool,
    kinds: Vec<u32>,
    room: Option<u32>,
    world: Option<u32>,
    entity: Option<u32>,
    since: Option<(i64, i32)>,
    until: Option<(i64, i32)>,
}

impl Wanted {
    #[inline(always)]
    pub(super) fn takes(&self, place: &Place) -> bool {
        self.everything || self.fits(place)
    }

    fn fits(&self, place: &Place) -> bool {
        let at = (place.second, place.nanosecond);
        (self.kinds.is_empty() || self.kinds.contains(&place.kind))
            && self.room.is_none_or(|room| place.room == room)
            && self.world.is_none_or(|world| place.world == world)
            && self.entity.is_none_or(|entity| place.entity == entity)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
    }
}

/// The numbers of names. Numbers of rooms, worlds and entities are of one series.
#[derive(Debug, Default)]
pub(super) struct Names {
    kinds: BTreeMap<String, u32>,
    ids: BTreeMap<Uuid, u32>,
}

/// No world.
const NONE: u32 = u32::MAX;

fn moment(at: Timestamp) -> (i64, i32) {
    (at.as_second(), at.subsec_nanosecond())
}

impl Names {
    pub(super) fn place(&mut self, row: &Row<'_>) -> Place {
        let (second, nanosecond) = moment(row.at);
        Place {
            kind: self.kind(row.kind),
            room: self.id(row.room),
            world: row.world.map_or(NONE, |world| self.id(world)),
            entity: self.id(row.entity),
            second,
            nanosecond,
        }
    }

    fn kind(&mut self, name: &str) -> u32 {
        if let Some(number) = self.kinds.get(name) {
            return *number;
        }
        let next = u32::try_from(self.kinds.len()).unwrap_or(NONE);
        *self.kinds.entry(name.to_owned()).or_insert(next)
    }

    fn id(&mut self, id: Uuid) -> u32 {
        let next = u32::try_from(self.ids.len()).unwrap_or(NONE);
        *self.ids.entry(id).or_insert(next)
    }

    /// `None` if nothing can fit, because a name is not known.
    pub(super) fn wanted(&self, filter: &SearchFilter) -> Option<Wanted> {
        let id = |id: Option<Uuid>| match id {
            None => Some(None),
            Some(id) => self.ids.get(&id).map(|number| Some(*number)),
        };
        let kinds: Vec<u32> =
            filter.kinds.iter().filter_map(|kind| self.kinds.get(kind.name()).copied()).collect();
        if kinds.is_empty() && !filter.kinds.is_empty() {
            return None;
        }
        Some(Wanted {
            everything: *filter == SearchFilter::default(),
            kinds,
            room: id(filter.room)?,
            world: id(filter.world)?,
            entity: id(filter.entity)?,
            since: filter.since.map(moment),
            until: filter.until.map(moment),
        })
    }
}
