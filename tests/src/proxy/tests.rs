use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// The actions that reached an endpoint.
type Heard = Arc<Mutex<Vec<String>>>;

/// An endpoint that answers each call with the call's own body.
fn endpoint() -> io::Result<(Server, String, Heard)> {
    let heard = Heard::default();
    let server = Server::start({
        let heard = Arc::clone(&heard);
        move |request| {
            lock(&heard).push(action(&request));
            Some(Message::answer("200 OK", request.body))
        }
    })?;
    let url = format!("http://{}", server.authority());
    Ok((server, url, heard))
}

fn describe() -> Message {
    Message::request("POST", "/", "Version=2016-11-15&Action=DescribeInstanceStatus")
}

fn update_item() -> Message {
    let target = "DynamoDB_20120810.UpdateItem";
    Message::request("POST", "/", "{}").with("X-Amz-Target", target)
}

fn call(url: &str, request: &Message) -> io::Result<Message> {
    http::exchange(http::split_url(url)?.0, request)
}

#[test]
fn calls_to_several_endpoints_are_counted_in_one_order() -> io::Result<()> {
    let ((_fleet, fleet, _), (_ledger, ledger, _)) = (endpoint()?, endpoint()?);
    let mut proxy = Proxy::new();
    let (fleet, ledger) = (proxy.listen(&fleet)?, proxy.listen(&ledger)?);
    assert_eq!(call(&fleet, &describe())?.text(), describe().text());
    call(&ledger, &update_item())?;
    call(&fleet, &Message::request("GET", "/health", ""))?;
    let cbor = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms";
    call(&fleet, &Message::request("POST", cbor, ""))?;
    let actions = ["DescribeInstanceStatus", "UpdateItem", "GET /health", "DescribeAlarms"];
    assert_eq!(proxy.actions(), actions);
    assert!(proxy.calls().iter().all(|call| call.status == Some(200)));
    proxy.reset();
    assert!(proxy.calls().is_empty());
    Ok(())
}

#[test]
fn a_kill_falls_before_or_after_the_call_reaches_its_endpoint() -> io::Result<()> {
    for (when, reaches) in [(Kill::Before, 1), (Kill::After, 2)] {
        let (_endpoint, url, heard) = endpoint()?;
        let mut proxy = Proxy::new();
        let url = proxy.listen(&url)?;
        let killed = Arc::new(AtomicBool::new(false));
        let kill = Arc::clone(&killed);
        proxy.kill_at(2, when, move || kill.store(true, Ordering::SeqCst));
        call(&url, &describe())?;
        assert!(!killed.load(Ordering::SeqCst));
        assert!(call(&url, &describe()).is_err(), "{when:?}: the doomed call was answered");
        assert!(killed.load(Ordering::SeqCst));
        assert_eq!(lock(&heard).len(), reaches, "{when:?}");
        call(&url, &describe())?;
        assert_eq!(proxy.actions().len(), 3, "the calls after a kill go by and are counted");
    }
    Ok(())
}

#[test]
fn gathered_calls_wait_for_each_other_and_for_nobody_else() -> io::Result<()> {
    let (_endpoint, url, heard) = endpoint()?;
    let mut proxy = Proxy::new();
    let url = proxy.listen(&url)?;
    proxy.gather("UpdateItem", 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| call(&url, &update_item()));
        call(&url, &describe())?;
        assert_eq!(*lock(&heard), ["DescribeInstanceStatus"]);
        call(&url, &update_item())?;
        first.join().unwrap_or_else(|_| Err(io::Error::other("the first call panicked")))
    })?;
    call(&url, &update_item())?;
    assert_eq!(lock(&heard).len(), 4, "once they have met, nobody waits");
    Ok(())
}

#[test]
fn only_endpoints_are_led_through_the_proxy() -> io::Result<()> {
    let (_endpoint, url, _) = endpoint()?;
    let env = [("AWS_ENDPOINT_URL_EC2", url.as_str()), ("AWS_REGION", "us-west-2")];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut proxy = Proxy::new();
    let led = proxy.between(&env)?;
    assert_eq!(led.get(1), env.get(1));
    let through = led.first().map(|(_, url)| url.as_str()).unwrap_or_default();
    call(through, &describe())?;
    assert_eq!(proxy.actions(), ["DescribeInstanceStatus"]);
    Ok(())
}

#[test]
fn an_endpoint_that_is_not_there_is_named() -> io::Result<()> {
    let (gone, url, _) = endpoint()?;
    drop(gone);
    let mut proxy = Proxy::new();
    let through = proxy.listen(&url)?;
    let answer = call(&through, &describe())?;
    assert_eq!(answer.status(), 502);
    assert!(answer.text().contains(http::split_url(&url)?.0), "{}", answer.text());
    Ok(())
}
