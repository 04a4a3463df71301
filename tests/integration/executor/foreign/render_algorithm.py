"""AWS's own abalone example, written anew after its description, with the SageMaker SDK v3: python render_algorithm.py ENDPOINT OUT.json

Preprocess with scikit-learn, train the XGBoost image's own algorithm, evaluate its pickled booster, and where the error is small
enough create the model, register it and score a batch. Like render.py, it knows nothing of this project.
"""

import sys
from pathlib import Path

from sdk import BUCKET, ROLE, folder, given, made, session  # type: ignore[import-not-found]  # beside this file

# isort: split
from sagemaker.core import image_uris
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep, TransformStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

SOURCE = Path(__file__).with_name("algorithm")
XGBOOST = image_uris.retrieve("xgboost", "us-east-1", version="1.0-1", py_version="py3", instance_type="ml.m5.xlarge")
SKLEARN = image_uris.retrieve("sklearn", "us-east-1", version="1.2-1", py_version="py3", instance_type="ml.m5.xlarge")
input_data = ParameterString("InputData", default_value=f"s3://{BUCKET}/abalone/abalone-dataset.csv")
batch_data = ParameterString("BatchData", default_value=f"s3://{BUCKET}/abalone/abalone-dataset-batch.csv")
status = ParameterString("ModelApprovalStatus", default_value="PendingManualApproval")
count = ParameterInteger("ProcessingInstanceCount", default_value=1)
seed = ParameterInteger("Seed", default_value=7)
threshold = ParameterFloat("MseThreshold", default_value=6.0)


def processor(image, name):
    return ScriptProcessor(
        command=["python3"],
        base_job_name=name,
        role=ROLE,
        image_uri=image,
        instance_type="ml.m5.xlarge",
        instance_count=count,
        sagemaker_session=session,
    )


process = ProcessingStep(
    name="AbaloneProcess",
    step_args=processor(SKLEARN, "process").run(
        code=str(SOURCE / "preprocess.py"),
        inputs=[given("input", input_data)],
        outputs=[made("train"), made("validation"), made("test")],
        arguments=["--seed", Join(on="", values=[seed])],
    ),
)
parts = process.properties.ProcessingOutputConfig.Outputs
trainer = ModelTrainer(
    training_image=XGBOOST,
    role=ROLE,
    sagemaker_session=session,
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    hyperparameters={
        "objective": "reg:linear",
        "num_round": 50,
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4,
        "min_child_weight": 6,
        "subsample": 0.7,
        "silent": 0,
    },
    base_job_name="abalone",
)
train = TrainingStep(
    name="AbaloneTrain",
    step_args=trainer.train(
        input_data_config=[
            InputData(channel_name=name, data_source=parts[name].S3Output.S3Uri, content_type="text/csv")
            for name in ("train", "validation")
        ]
    ),
)
artifacts = train.properties.ModelArtifacts.S3ModelArtifacts
report = PropertyFile(name="EvaluationReport", output_name="evaluation", path="evaluation.json")
evaluate = ProcessingStep(
    name="AbaloneEval",
    step_args=processor(XGBOOST, "evaluate").run(
        code=str(SOURCE / "evaluate.py"),
        inputs=[given("model", artifacts), given("test", parts["test"].S3Output.S3Uri)],
        outputs=[made("evaluation")],
    ),
    property_files=[report],
)
builder = ModelBuilder(image_uri=XGBOOST, s3_model_data_url=artifacts, role_arn=ROLE, sagemaker_session=session)
create = ModelStep(name="AbaloneCreateModel", step_args=builder.build())
statistics = Join(
    on="/", values=[evaluate.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri, "evaluation.json"]
)
register = ModelStep(
    name="AbaloneRegisterModel",
    step_args=builder.register(
        model_package_group_name="AbaloneModelPackageGroup",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.t2.medium", "ml.m5.xlarge"],
        transform_instances=["ml.m5.xlarge"],
        approval_status=status,
        model_metrics=ModelMetrics(model_statistics=MetricsSource(s3_uri=statistics, content_type="application/json")),
    ),
)
transformer = Transformer(
    model_name=create.properties.ModelName,
    instance_type="ml.m5.xlarge",
    instance_count=1,
    output_path=folder("scores"),
    accept="text/csv",
    assemble_with="Line",
    sagemaker_session=session,
)
transform = TransformStep(
    name="AbaloneTransform",
    step_args=transformer.transform(data=batch_data, content_type="text/csv", split_type="Line"),
)
error = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
gate = ConditionStep(
    name="AbaloneMSECond",
    conditions=[ConditionLessThanOrEqualTo(left=error, right=threshold)],
    if_steps=[register, create, transform],
    else_steps=[
        FailStep(name="AbaloneMSEFail", error_message=Join(on=" ", values=["Execution failed due to MSE >", threshold]))
    ],
)
pipeline = Pipeline(
    name="AbalonePipeline",
    parameters=[count, seed, status, input_data, batch_data, threshold],
    steps=[process, train, evaluate, gate],
    sagemaker_session=session,
)
Path(sys.argv[2]).write_text(pipeline.definition())
