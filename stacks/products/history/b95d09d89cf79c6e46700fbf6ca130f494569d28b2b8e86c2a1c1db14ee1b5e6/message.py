"""The e-mail about an alarm: what drifted, how much, what was done, where to look."""

from urllib.parse import quote, urlparse

_SUBJECT = 100  # SNS's limit


def subject(project: str, alarm: str, latest: dict) -> str:
    """One line of ASCII."""
    names = ", ".join(item["name"] for item in latest.get("drifted", []))
    if alarm.endswith("-schema"):
        text = f"{project}: the input breaks the schema"
    else:
        text = f"{project}: drift in {names}" if names else f"{project}: {alarm}"
    return text.encode("ascii", "replace").decode().replace("\n", " ")[:_SUBJECT]


def body(event: dict, project: str, latest: dict, outcome: str) -> str:
    """The text; ``latest`` is the newest batch's summary (empty where there is none), ``outcome`` what was decided."""
    detail = event["detail"]
    parts = [
        f"Project {project}: alarm {detail['alarmName']} is in ALARM since {event['time']}.",
        f"Why: {detail['state'].get('reason', 'no reason given')}",
        *_findings(latest),
        f"Retraining: {outcome}",
        *_links(event, project, latest),
    ]
    return "\n".join(parts) + "\n"


def _findings(latest: dict) -> list[str]:
    if not latest:
        return ["", "What drifted: no summary of the batch is there; see the report.", ""]
    lines = [
        "",
        f"Batch of {latest['rows']:,} rows: {latest['drifted_features']} of {latest['features']} features drifted.",
    ]
    lines += [
        f"  {item['name']}: score {item['score']:.3f} (limit {item['threshold']:g}); {item['change']}"
        for item in latest["drifted"]
    ]
    more = latest["drifted_features"] - len(latest["drifted"])
    if more > 0:
        lines.append(f"  and {more} more")
    if latest["violations"]:
        lines += ["What breaks the constraints:", *(f"  {text}" for text in latest["violations"])]
    return [*lines, ""]


def _links(event: dict, project: str, latest: dict) -> list[str]:
    region, alarm = event.get("region", "us-east-1"), event["detail"]["alarmName"]
    console = f"https://{region}.console.aws.amazon.com"
    lines = [f"Alarm: {console}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(alarm)}"]
    if latest:
        where = urlparse(latest["report_uri"])
        key = where.path.lstrip("/").replace("drift_report.json", "report.html")
        lines.append(f"Report: {console}/s3/object/{where.netloc}?region={region}&prefix={quote(key)}")
    lines.append(f"On the command line: mlops monitor report {project}")
    return lines
