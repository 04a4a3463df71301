"""A user's program, written for AWS with the SageMaker SDK v3: default bucket, upload, own role, a processing job and what it leaves."""

import json
import sys

from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output

session = Session()
bucket = session.default_bucket()
uploaded = session.upload_data(sys.argv[1], key_prefix="given")
role = (
    get_execution_role(session, use_default=False) if session.get_caller_identity_arn().count("role") else sys.argv[2]
)
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
job = ScriptProcessor(
    command=["python3"],
    base_job_name="foreign",
    role=role,
    image_uri=image,
    instance_type="ml.m5.large",
    instance_count=1,
    sagemaker_session=session,
)
where = ProcessingS3Output(
    s3_uri=f"s3://{bucket}/made", local_path="/opt/ml/processing/made", s3_upload_mode="EndOfJob"
)
job.run(code=sys.argv[1], outputs=[ProcessingOutput(output_name="made", s3_output=where)], wait=True, logs=False)
made = session.read_s3_file(bucket, "made/it.txt")
print(json.dumps({"account": session.account_id(), "bucket": bucket, "uploaded": uploaded, "made": made}))
