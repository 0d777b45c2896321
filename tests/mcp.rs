//! The program as desktop clients meet it: `galatea mcp`, driven by the protocol's own client for Python.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]

use galatea_mcp_testkit::Tools;

const PYTHON: &str = r#"
import asyncio, sys
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

async def use(name, character, tool):
    server = StdioServerParameters(command=sys.argv[1], args=["mcp", character], env={"RUST_LOG": "galatea=info"})
    async with stdio_client(server) as streams:
        async with ClientSession(*streams) as session:
            info = await session.initialize()
            assert info.server_info.title == name, info
            names = [tool.name for tool in (await session.list_tools()).tools]
            assert names[0] == "chat" and (tool is None or tool in names), names
            said = await session.call_tool("chat", {"message": "My mother never listens to me."})
            assert not said.is_error and len(said.content[0].text) > 5, said
            rooms = [one for one in (await session.list_resources()).resources if "/rooms/" in str(one.uri)]
            texts = [(await session.read_resource(str(one.uri))).contents[0].text for one in rooms]
            reply = said.content[0].text.split()[0]
            assert any("never listens" in text and reply in text for text in texts), texts

async def main():
    await use("Mira", "./mira.toml", "read_mcp_resource")
    # This one does not select the plugin.
    await use("Eliza", "./eliza.toml", None)
    print("all is well")

asyncio.run(main())
"#;

/// An agent that is a server and uses one.
fn mira(tools: &Tools) -> String {
    format!(
        r#"name = "Mira"
bio = ["Keeps the door."]

[plugins.offline]

[plugins.http]

[plugins.mcp.servers.everything]
command = "{node}"
args = ["{script}", "stdio"]

[grants.mcp]
process = ["{node}"]
"#,
        node = tools.node().display(),
        script = tools.everything().display()
    )
}

#[test]
fn a_desktop_client_talks_with_an_agent_over_standard_input_and_output() {
    let tools = Tools::get().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mira.toml"), mira(&tools)).unwrap();
    std::fs::copy("characters/eliza.toml", folder.path().join("eliza.toml")).unwrap();
    let mut python = tools.python();
    python.args(["-c", PYTHON, env!("CARGO_BIN_EXE_galatea")]).current_dir(folder.path());
    let done = python.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(told.contains("all is well"), "{told}");
}
