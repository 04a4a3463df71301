"""What programs with the SageMaker SDK v3 share here: a session at the endpoint (first argument) and S3 places of an execution."""

import os
import sys

os.environ.update(AWS_ENDPOINT_URL=sys.argv[1], AWS_DEFAULT_REGION="us-east-1", SAGEMAKER_VALIDATE_ROLE="false")

import sagemaker.core.telemetry.telemetry_logging as telemetry

telemetry._send_telemetry_request = lambda *_args, **_kwargs: None  # it would look for the internet

from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_context import PipelineSession

BUCKET, ROLE = "sdk", "arn:aws:iam::000000000000:role/SageMakerExecutionRole"
session = PipelineSession(default_bucket=BUCKET)


def folder(name):
    return Join(on="/", values=[f"s3://{BUCKET}", ExecutionVariables.PIPELINE_EXECUTION_ID, name])


def given(name, uri):
    where = ProcessingS3Input(
        s3_uri=uri, local_path=f"/opt/ml/processing/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    return ProcessingInput(input_name=name, s3_input=where)


def made(name):
    where = ProcessingS3Output(s3_uri=folder(name), local_path=f"/opt/ml/processing/{name}", s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=where)
