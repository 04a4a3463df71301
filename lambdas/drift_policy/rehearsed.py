"""What the policy does otherwise in a rehearsal: it trains on its data; and no rehearsal counts as a training of the project."""

import os
from typing import TYPE_CHECKING

from mlops.bundled import names
from mlops.bundled.asked import parameters
from mlops.bundled.batch_summary import Summary
from mlops.bundled.rehearsal import NAMED, is_rehearsal

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionSummaryTypeDef

RETRAINING = f"{NAMED}{names.AUTOMATIC}"  # how its runs are called: cool-down and budget count those of AUTOMATIC


def data_of(latest: Summary | None, bucket: str) -> dict[str, str] | None:
    """The parameters of a start on the data set of the rehearsal's batch, which has to lie where those of rehearsals do."""
    uri = latest.get("dataset_uri", "") if latest else ""
    if latest is None or not is_rehearsal(uri, bucket):
        return None
    return {"DatasetUri": uri, "DatasetId": latest.get("dataset_id", "")}


def is_under_way(sagemaker: "SageMakerClient", run: "PipelineExecutionSummaryTypeDef") -> bool:
    """Whether a training is one of a rehearsal, by what SageMaker says that it reads: it keeps no other from starting."""
    given = parameters(sagemaker, run["PipelineExecutionArn"])
    return is_rehearsal(given.get("DatasetUri", ""), os.environ["REQUESTS_BUCKET"])
