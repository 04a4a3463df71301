"""Actions on S3: an object as source, artifacts deployed to a bucket."""

import io
import zipfile

from embedded_aws.codepipeline.actions import Action, Outcome


def fetch(action: Action) -> Outcome:
    """The object, at its version."""
    bucket, key = action.configuration["S3Bucket"], action.configuration["S3ObjectKey"]
    version = action.override("S3_OBJECT_VERSION_ID")
    answer = action.client("s3").get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    found = answer.get("VersionId") or answer["ETag"].strip('"')
    variables = {"BucketName": bucket, "ObjectKey": key, "VersionId": found, "ETag": answer["ETag"].strip('"')}
    revision = {"revisionId": found, "revisionSummary": f"Amazon S3 version id: {found}"}
    return Outcome({action.outputs[0]: answer["Body"].read()}, variables, found, revision=revision)


def deploy(action: Action) -> Outcome:
    """The first input artifact, extracted or as it is."""
    s3, bucket = action.client("s3"), action.configuration["BucketName"]
    name, content = next(iter(action.inputs.items()))
    key = action.configuration.get("ObjectKey", "")
    if action.configuration.get("Extract", "true").lower() != "true":
        s3.put_object(Bucket=bucket, Key=key or name, Body=content)
        return Outcome(summary=f"s3://{bucket}/{key or name}")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        for entry in sorted(item for item in files.namelist() if not item.endswith("/")):
            s3.put_object(Bucket=bucket, Key=f"{key.rstrip('/')}/{entry}".lstrip("/"), Body=files.read(entry))
    return Outcome(summary=f"s3://{bucket}/{key}")
