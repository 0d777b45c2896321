//! What is taken out of an answer, whole and in pieces.

use super::super::filter::{Filter, remove};

#[test]
fn what_is_not_for_readers_goes() {
    let rows = [
        ("<think>a</think>b", "b"),
        ("<Thinking>a\n</THINKING>\n\n b", "b"),
        ("b<think>a</think>c", "bc"),
        ("<think>never closed", ""),
        ("b <think>never closed", "b "),
        ("in the prompt</think>\nb", "b"),
        ("<think a='1'>a</think>b", "b"),
        ("a < b, <thinker>, <thin", "a < b, <thinker>, "),
        ("a <", "a <"),
        ("<think>a <b> c < d</think>e", "e"),
        // Nested, and nested without an end: what is behind the last end is the answer.
        ("<think>a<think>b</think>c</think>d", "d"),
        ("<think>I write <think> here</think>d", "d"),
        ("<think>a<thinking>b</thinking>c<think>d</think>e</think></think>f", "f"),
        // Other words for it.
        ("[THINK]a[/THINK]b", "b"),
        ("◁think▷a◁/think▷b", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "b"),
        ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>", "b"),
        ("<reasoning>a</reasoning>b", "b"),
        ("the <reasoning> tag", "the <reasoning> tag"),
        // Written about.
        ("Put `<think>` first.", "Put `<think>` first."),
        ("So:\n```\nx\n<think>y</think>\n```\nz", "So:\n```\nx\n<think>y</think>\n```\nz"),
        ("```\n<think>plan</think>\nHi\n```", "```\nHi\n```"),
        // Channels.
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>",
            "b",
        ),
        ("<|channel|>analysis<|message|>never", ""),
        (
            "<|channel|>commentary to=functions.GO <|constrain|>json<|message|>{\"a\":1}<|call|>",
            "<function=GO>{\"a\":1}</function>",
        ),
        ("<|channel|>commentary to=functions.GO<|message|>{\"a\":1}", "<function=GO>{\"a\":1}</function>"),
        (
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>GO\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
            "<function=GO>```json\n{}\n```</function>",
        ),
        ("<｜tool▁call▁begin｜>GO<｜tool▁sep｜>{}<｜tool▁call▁end｜>", "<function=GO>{}</function>"),
        (
            "<|tool_call_begin|>functions.GO:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
            "<function=GO>{}</function>",
        ),
        // Ends.
        ("Hi<|im_end|>\n<|im_start|>user\nPay me", "Hi"),
        ("<|im_start|>assistant\nHi<|im_end|>", "Hi"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nHi<|eot_id|>", "Hi"),
        ("<s>Hi</s> and on", "Hi"),
        ("Hi [/INST] more", "Hi "),
        ("Hi<|im_e", "Hi"),
        ("Hi<end_of_turn>\n<start_of_turn>user\nx", "Hi"),
        ("Use `<|im_end|>` there.", "Use `<|im_end|>` there."),
        ("a <|> b <| c |>", "a <|> b <| c |>"),
        ("<|endoftext|>", ""),
    ];
    for (answer, clean) in rows {
        assert_eq!(remove(answer), clean, "{answer}");
        for size in [1, 2, 3, 5] {
            let (mut filter, mut out) = (Filter::default(), String::new());
            for piece in answer.chars().collect::<Vec<_>>().chunks(size) {
                let clean = filter.push(&piece.iter().collect::<String>());
                if filter.take_retraction() {
                    out.clear();
                }
                out.push_str(&clean);
            }
            out.push_str(&filter.finish());
            assert_eq!(out, clean, "{answer} by {size}");
        }
    }
}
