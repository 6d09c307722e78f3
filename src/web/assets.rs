//! Static files in the binary. Their names hold a hash of their content, so that browsers keep them for good.

use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A file as it is served.
struct Asset {
    name: String,
    media: &'static str,
    plain: &'static [u8],
    gzip: Vec<u8>,
}

/// Addresses of the files, for templates.
pub struct Links {
    /// Style sheet.
    pub css: String,
    /// The page's script.
    pub js: String,
    /// htmx.
    pub htmx: String,
    /// Icon.
    pub icon: String,
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset_of("app", "css", "text/css; charset=utf-8", include_bytes!("assets/app.css")),
        asset_of("app", "js", "text/javascript; charset=utf-8", include_bytes!("assets/app.js")),
        asset_of("htmx", "js", "text/javascript; charset=utf-8", include_bytes!("assets/htmx.min.js")),
        asset_of("icon", "svg", "image/svg+xml", include_bytes!("assets/icon.svg")),
    ]
});

static LINKS: LazyLock<Links> = LazyLock::new(|| {
    let [css, js, htmx, icon] = &*ASSETS;
    let link = |asset: &Asset| format!("/static/{}", asset.name);
    Links { css: link(css), js: link(js), htmx: link(htmx), icon: link(icon) }
});

/// Addresses of the files.
pub fn links() -> &'static Links {
    &LINKS
}

fn asset_of(stem: &str, ending: &str, media: &'static str, plain: &'static [u8]) -> Asset {
    let hash: String = Sha256::digest(plain).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("writing to memory cannot fail");
    let gzip = encoder.finish().expect("writing to memory cannot fail");
    Asset { name: format!("{stem}-{hash}.{ending}"), media, plain, gzip }
}

/// Serves a file.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let takes = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let gzip = takes.is_some_and(|takes| takes.split(',').any(|one| one.trim().starts_with("gzip")));
    let mut response = if gzip { asset.gzip.as_slice() } else { asset.plain }.into_response();
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
