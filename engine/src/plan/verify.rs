//! The proof of a load order, as a constant: `const _: () = verify(ORDER);` compiles, or says what is wrong.

use crate::definition::{PluginDef, Strength, Target};

/// Proves a load order; the code that `build.rs` writes calls it in a constant, so a wrong order does not compile.
///
/// # Panics
/// In a constant that is a compile error: where a name stands twice, where a required plugin does not stand
/// before the one that requires it, and where an optional one stands behind it.
pub const fn verify(order: &[&PluginDef]) {
    let mut at = 0;
    while at < order.len() {
        let plugin = order[at];
        if position(order, plugin.name) < at {
            fail(["plugin `", plugin.name, "` stands twice in this load order", "", ""]);
        }
        let mut next = 0;
        while next < plugin.requirements.len() {
            let requirement = &plugin.requirements[next];
            if let Target::Plugin(name) = requirement.target {
                let place = position(order, name);
                let absent = place == order.len();
                match requirement.strength {
                    Strength::Required if absent => {
                        fail([
                            "plugin `",
                            plugin.name,
                            "` requires plugin `",
                            name,
                            "`, which is not in this load order",
                        ]);
                    }
                    Strength::Required if place >= at => {
                        fail([
                            "plugin `",
                            plugin.name,
                            "` stands before plugin `",
                            name,
                            "`, which it requires",
                        ]);
                    }
                    Strength::Optional if !absent && place >= at => {
                        fail([
                            "plugin `",
                            plugin.name,
                            "` stands before plugin `",
                            name,
                            "`, which it can use",
                        ]);
                    }
                    _ => {}
                }
            }
            next += 1;
        }
        verify_members(order, at);
        at += 1;
    }
}

/// The members of a composed plugin stand before it, in the order in which it lists them.
const fn verify_members(order: &[&PluginDef], at: usize) {
    let plugin = order[at];
    let (mut next, mut before) = (0, None::<usize>);
    while next < plugin.members.len() {
        let member = plugin.members[next];
        let place = position(order, member.name);
        if place == order.len() {
            fail([
                "plugin `",
                plugin.name,
                "` is composed of plugin `",
                member.name,
                "`, which is not in this load order",
            ]);
        }
        if place >= at {
            fail([
                "plugin `",
                plugin.name,
                "` stands before plugin `",
                member.name,
                "`, of which it is composed",
            ]);
        }
        if let Some(before) = before
            && place < before
        {
            fail([
                "plugin `",
                member.name,
                "` stands before the one that `",
                plugin.name,
                "` lists before it",
            ]);
        }
        before = Some(place);
        next += 1;
    }
}

/// Whether two texts are the same, in a constant.
#[must_use]
pub const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The first place of a name; the length of the order where it is not there.
const fn position(order: &[&PluginDef], name: &str) -> usize {
    let mut at = 0;
    while at < order.len() && !same(order[at].name, name) {
        at += 1;
    }
    at
}

/// A constant cannot format, so the message is put together by hand.
const fn fail(parts: [&str; 5]) -> ! {
    let mut message = Message { bytes: [0; Message::LONGEST], len: 0 };
    message.push("load order: ");
    let mut at = 0;
    while at < parts.len() {
        message.push(parts[at]);
        at += 1;
    }
    panic!("{}", message.text())
}

struct Message {
    bytes: [u8; Self::LONGEST],
    len: usize,
}

impl Message {
    const LONGEST: usize = 512;

    /// Adds a text, or as much of it as there is room for.
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() && self.len < Self::LONGEST {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
    }

    const fn text(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // Only where a name was cut in the middle of a character.
            Err(_) => "a plugin does not stand where its requirements say; build again",
        }
    }
}
