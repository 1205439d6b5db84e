//! The smallest function behind a Function URL.
use lambda_http::{run, service_fn, Error, IntoResponse, Request};

async fn hello(_request: Request) -> Result<impl IntoResponse, Error> {
    Ok("Hello, World!")
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(hello)).await
}
