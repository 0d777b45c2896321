//! Characters of elizaOS.

use super::support::{Folder, fixture};

#[test]
fn both_shapes_are_imported_and_accepted() {
    let folder = Folder::new();
    for (file, written) in [("character.0x.json", "c-3po.toml"), ("character.1x.json", "ada-lovelace.toml")] {
        let json = fixture(file);
        let ran = folder.run(&["import", &json, "-o", "new", "--report"]);
        assert!(ran.fine().ends_with("1 character is fine\n"), "{}", ran.all());
        assert!(ran.out.contains("written to"), "{}", ran.all());
        assert_eq!(folder.run(&["check", &format!("new/{written}")]).fine(), "1 character is fine\n");

        let again = folder.run(&["import", &json, "-o", "new"]);
        assert_eq!(again.code, Some(1), "{}", again.all());
        assert!(again.err.contains("`--force` overwrites"), "{}", again.all());
        folder.run(&["import", &json, "-o", "new", "--force"]).fine();
    }
    let exported = folder.run(&["export", "new/ada-lovelace.toml"]);
    let json: serde_json::Value = serde_json::from_str(exported.fine()).unwrap();
    assert_eq!(json["name"], "Ada Lovelace");
}

#[test]
fn what_is_no_character_is_refused() {
    let folder = Folder::new();
    folder.write("a.json", "{ \"name\": 7 }");
    let ran = folder.run(&["import", "a.json", "-o", "new"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("`a.json` cannot be imported") && !folder.path().join("new").exists(),
        "{}",
        ran.all()
    );
}
