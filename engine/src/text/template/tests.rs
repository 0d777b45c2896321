#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;

#[test]
fn renders() {
    let values = json!({
        "name": "Ada", "user-name": "ada", "n": 1.0, "big": 1e21, "neg": -2, "in": "kw", "nul": null,
        "list": ["a", "b"], "empty": [], "no": {}, "nested": [[1, null], [2]],
        "people": [{"name": "X", "tags": ["p", "q"]}, {"name": "Y", "tags": []}],
        "map": {"z": 1, "a": 2}, "deep": {"er": {"x": "d"}}, "t": true,
    });
    let rows = [
        // Both dialects.
        ("Hi {{name}}, {{ name }}!", "Hi Ada, Ada!"),
        ("{{user-name}}|{{in}}|{{nul}}|{{missing.x.y}}", "ada|kw||"),
        ("{{n}} {{big}} {{neg}} {{nested}} {{map}}", "1 1e+21 -2 1,,2 [object Object]"),
        ("{\"a\": {\"b\": 1}} {% {# text", "{\"a\": {\"b\": 1}} {% {# text"),
        ("ends with newline\n", "ends with newline\n"),
        // Handlebars.
        ("{{{name}}}{{&name}}", "AdaAda"),
        ("{{! c }}{{!-- {{name}} --}}x", "x"),
        ("{{#each list}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}", "0a,1b"),
        (
            "{{#each people}}{{name}}:{{#each tags}}{{../name}}{{this}}{{@../index}} {{/each}}{{/each}}",
            "X:Xp0 Xq0 Y:",
        ),
        ("{{#each people as |p|}}{{p.name}}{{p.tags.length}}{{/each}}", "X2Y0"),
        ("{{#each map}}{{@key}}={{this}};{{/each}}", "z=1;a=2;"),
        ("{{#each empty}}x{{else}}none{{/each}}", "none"),
        ("{{#each missing}}x{{/each}}{{#each name}}x{{/each}}", ""),
        ("{{#with deep.er}}{{x}}{{../name}}{{@root.name}}{{else}}no{{/with}}", "dAdaAda"),
        ("{{#with missing}}{{x}}{{else}}no {{name}}{{/with}}", "no Ada"),
        ("{{#if empty}}a{{else if t}}b{{else}}c{{/if}}", "b"),
        ("{{#if no}}objects are true{{/if}}", "objects are true"),
        ("{{list.length}} {{list.0}} {{people.1.name}} {{list.[1]}}", "2 a Y b"),
        ("{{#if t}}\n  yes\n{{/if}}\nend", "  yes\nend"),
        ("a  {{~name~}}  b{{#if t}}{{/if}}", "aAdab"),
        ("\\{{name}} \\\\{{name}}{{#if t}}{{/if}}", "{{name}} \\Ada"),
        ("{% if x %}{{#if t}}{# y #}{{/if}}", "{% if x %}{# y #}"),
        ("{{#if \"text\"}}{{#if 0}}a{{else}}b{{/if}}{{/if}}", "b"),
        (
            "{{#each this}}{{@key}} {{/each}}",
            "name user-name n big neg in nul list empty no nested people map deep t ",
        ),
        // Jinja.
        ("{% for p in people %}{{ p.name }}{% if not loop.last %}, {% endif %}{% endfor %}", "X, Y"),
        ("{{ list|join('+') }}{# c #}", "a+b"),
        ("{{ name if t else 'no' }} {{ missing.x.y }}", "Ada "),
        ("{% for k in map %}{{ k }}{% endfor %}", "za"),
    ];
    for (source, expected) in rows {
        let template = Template::compile(source).unwrap_or_else(|e| panic!("{source}: {e}"));
        assert_eq!(template.render(&values).unwrap(), expected, "{source}");
    }
}

#[test]
fn root_values_that_are_no_object() {
    let list = Template::compile("{{#each this}}[{{this}}]{{/each}}").unwrap();
    assert_eq!(list.render(&json!([1, 2])).unwrap(), "[1][2]");
    let plain = Template::compile("a{{x}}").unwrap();
    assert_eq!(plain.render(&json!("text")).unwrap(), "a");
}

#[test]
fn errors_name_the_line_and_what_to_write() {
    let rows = [
        ("a\n{{#if x}}", 2, "{{/if}}"),
        ("{{#each a}}\n{{/if}}", 2, "{{/each}}"),
        ("\n\n{{/if}}", 3, "closes nothing"),
        ("{{#if (eq a b)}}{{/if}}", 1, "{% if a == b %}"),
        ("{{#list a}}{{/list}}", 1, "{{#each list}}"),
        ("{{#if a}}{{> part}}{{/if}}", 1, "partial"),
        ("{{^a}}{{/a}}", 1, "{{#unless a}}"),
        ("{{#if a}}{{else}}{{else}}{{/if}}", 1, "{{else}}"),
        ("{{#if a}}\n{{b", 2, "}}"),
        ("a\n{% for x in y %}", 2, "{% endfor %}"),
        ("a\n{{ x|nosuch }}", 2, "filter"),
    ];
    for (source, line, hint) in rows {
        let error = Template::compile(source).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("template line {line}:")), "{source}: {text}");
        assert!(text.contains(hint), "{source}: {text}");
    }
}
