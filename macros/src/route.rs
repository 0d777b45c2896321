//! `#[route]`: parse, model, expand.

use crate::{
    action,
    attr::{Form, Key, Keys, PLUGIN, key},
    case, duration,
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
    route_path,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::time::Duration;
use syn::LitStr;

const KIND: Kind = Kind {
    a: "a route",
    many: "routes",
    attribute: "route(GET, \"/path\")",
    marker: "Route",
    readers: Some("people read it in the description of the API"),
    may_be_sync: false,
};

const KEYS: &[Key] = &[
    key("GET", METHOD),
    key("POST", METHOD),
    key("PUT", METHOD),
    key("PATCH", METHOD),
    key("DELETE", METHOD),
    key("STATIC", METHOD),
    PLUGIN,
    key("name", "name = \"hello\""),
    key("public", "public"),
    key("roles", "roles(\"admin\", \"owner\")"),
    key("scope", "scope = \"chat\""),
    key("timeout", "timeout = \"30s\""),
    key("body", "body = \"10mb\""),
];

const METHOD: &str = "GET, \"/hello/{name}\"";
const METHODS: [(&str, &str); 6] = [
    ("GET", "Get"),
    ("POST", "Post"),
    ("PUT", "Put"),
    ("PATCH", "Patch"),
    ("DELETE", "Delete"),
    ("STATIC", "Static"),
];
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_BODY: usize = 2 * 1024 * 1024;
const UNITS: [(&str, usize); 4] = [("kb", 1024), ("mb", 1024 * 1024), ("gb", 1024 * 1024 * 1024), ("b", 1)];

struct Route {
    plugin: PluginPath,
    /// The variant of `galatea::definition::RouteMethod`.
    method: &'static str,
    path: String,
    name: String,
    public: bool,
    roles: Vec<LitStr>,
    scope: Option<LitStr>,
    timeout: Duration,
    body: usize,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let route = Route::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| route.write(&handler)).unwrap_or_default())
}

impl Route {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[route]", KEYS, attribute, errors);
        let (method, path) = read_method(&mut keys, handler, errors);
        let path = read_path(&mut keys, path, handler, errors);
        if let Some(path) = &path {
            route_path::check(path, method == "Static", errors);
        }
        let public = keys.flag("public", errors);
        let roles = action::read_roles(&mut keys, errors);
        if let (true, Some(role)) = (public, roles.first()) {
            errors.at(role.span(), "a public route answers everyone: remove `public`, or `roles(…)`");
        }
        let scope = read_scope(&mut keys, public, errors);
        let route = Self {
            plugin: PluginPath::take(&mut keys, errors),
            method,
            path: path.map(|path| path.value()).unwrap_or_default(),
            name: read_name(&mut keys, handler, errors),
            public,
            roles,
            scope,
            timeout: action::read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            body: read_body(&mut keys, errors),
        };
        keys.finish(errors);
        route
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { path, name, public, roles, body, .. } = self;
        let method = format_ident!("{}", self.method);
        let call = handler.call();
        let (constants, describe, one_body) = (call.constants(), call.describe(), call.only_one_body());
        let is_folder = self.method == "Static";
        let answer = if is_folder {
            let result = call.result(&quote!(::galatea::route::IntoFolder), "into_folder");
            quote!(#result.map(::galatea::route::Answer::Folder).map_err(::galatea::definition::HandlerError::Failed))
        } else {
            let result = call.result(&quote!(::galatea::route::IntoRouteResponse), "into_route_response");
            quote!(::core::result::Result::Ok(#result))
        };
        let caller = handler::caller(
            &call,
            &quote!(::galatea::route::Answer),
            &quote!(::galatea::definition::HandlerError),
            &answer,
        );
        let output = call.output_type();
        let tell = if is_folder { quote!() } else { tell(&output) };
        let description = &handler.description;
        let timeout = duration::tokens(self.timeout);
        let scope = match &self.scope {
            Some(scope) => quote!(::core::option::Option::Some(#scope)),
            None => quote!(::core::option::Option::None),
        };
        let items = quote! {
            #constants
            #one_body
            #describe
            fn __galatea_describe_route(__galatea_signature: &mut ::galatea::extract::Signature) {
                __galatea_describe(__galatea_signature);
                #tell
            }
            #caller
        };
        let fields = quote! {
            name: #name,
            description: #description,
            method: ::galatea::definition::RouteMethod::#method,
            path: #path,
            public: #public,
            roles: &[#(#roles),*],
            scope: #scope,
            timeout: #timeout,
            body: #body,
            describe: __galatea_describe_route,
            call: __galatea_call,
        };
        handler::submission(&self.plugin, &items, "Route", "RouteDef", &fields)
    }
}

/// Asks the type of the answer what it tells of itself, if it tells anything.
fn tell(output: &TokenStream) -> TokenStream {
    quote! {
        #[allow(unused_imports, clippy::needless_borrow)]
        {
            use ::galatea::private::{TellAnswer as _, TellNothing as _};
            (&&::galatea::private::Told::<#output>::new()).tell(__galatea_signature);
        }
    }
}

/// The method's variant, and the path where it stands in the method by mistake: `GET("/hello")`.
fn read_method(
    keys: &mut Keys,
    handler: Option<&Handler>,
    errors: &mut Errors,
) -> (&'static str, Option<LitStr>) {
    let mut found = Vec::new();
    let mut path = None;
    for (name, variant) in METHODS {
        for written in [name, variant, &name.to_ascii_lowercase()] {
            for entry in keys.all(written) {
                if written != name {
                    errors.at(entry.span(), format!("write the method in capitals: `{name}`"));
                }
                if let Form::Value(inside) | Form::List(inside) = &entry.form {
                    let message = format!("write `{name}` alone, then the path: `{name}, \"/hello\"`");
                    errors.at(entry.span(), message);
                    path = syn::parse2(inside.clone()).ok();
                }
                found.push((entry.span(), variant));
            }
        }
    }
    for (span, _) in found.iter().skip(1) {
        errors.at(*span, "a route has one method; write a second function for this one");
    }
    if let (true, Some(handler)) = (found.is_empty(), handler) {
        let message = "name the method: `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, or `STATIC` for a folder of files, as in `#[route(GET, \"/hello/{name}\")]`";
        errors.at(handler.span(), message);
    }
    (found.first().map_or("Get", |(_, variant)| variant), path)
}

/// The text that stands alone; a missing or a second one is reported.
fn read_path(
    keys: &mut Keys,
    inside: Option<LitStr>,
    handler: Option<&Handler>,
    errors: &mut Errors,
) -> Option<LitStr> {
    let path = keys.text_alone().or(inside);
    while let Some(second) = keys.text_alone() {
        errors.at(second.span(), "a route has one path; write a second function for this one");
    }
    if let (None, Some(handler)) = (&path, handler) {
        errors.at(handler.span(), "name the path: `#[route(GET, \"/hello/{name}\")]`");
    }
    path
}

/// `name = "…"`, or the function's name in kebab-case.
fn read_name(keys: &mut Keys, handler: Option<&Handler>, errors: &mut Errors) -> String {
    match keys.value::<LitStr>("name", errors) {
        Some(name) => {
            if !case::is_kebab(&name.value()) {
                let message = format!(
                    "`{}` is not a name in kebab-case; write e.g. `{}`",
                    name.value(),
                    case::kebab(&name.value())
                );
                errors.at(name.span(), message);
            }
            name.value()
        }
        None => handler.map(|handler| case::kebab(&handler.name())).unwrap_or_default(),
    }
}

/// `scope = "chat"`: what the caller's token must be for.
fn read_scope(keys: &mut Keys, public: bool, errors: &mut Errors) -> Option<LitStr> {
    let scope = keys.value::<LitStr>("scope", errors)?;
    if public {
        errors.at(scope.span(), "a public route answers everyone: remove `public`, or `scope = …`");
    }
    if !case::is_kebab(&scope.value()) {
        errors.at(scope.span(), format!("`{}` is not a scope; write e.g. `chat`", scope.value()));
    }
    Some(scope)
}

/// `body = "10mb"`, in bytes.
fn read_body(keys: &mut Keys, errors: &mut Errors) -> usize {
    let Some(text) = keys.value::<LitStr>("body", errors) else { return DEFAULT_BODY };
    size(&text.value()).unwrap_or_else(|| {
        let message = format!(
            "`{}` is not a size; write a whole number above 0 and `b`, `kb`, `mb` or `gb`, e.g. `\"10mb\"`",
            text.value()
        );
        errors.at(text.span(), message);
        DEFAULT_BODY
    })
}

/// Reads `100b`, `64kb`, `10mb`, `1gb`; zero is refused.
fn size(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    let (number, unit) = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, bytes)))?;
    let number: usize = number.parse().ok()?;
    number.checked_mul(*unit).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("100b", Some(100)),
            ("64kb", Some(65_536)),
            ("10MB", Some(10_485_760)),
            ("1gb", Some(1_073_741_824)),
            ("0mb", None),
            ("10", None),
            ("10 mb", None),
            ("mb", None),
            ("-1mb", None),
            ("99999999999999999999gb", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }
}
