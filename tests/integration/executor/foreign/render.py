"""The abalone pipeline as a user of the SageMaker SDK v3 writes it: python render.py ENDPOINT OUT.json

It knows nothing of this project: the SDK's own processors, trainer, model builder and transformer upload their code to S3 (at
ENDPOINT, with the caller's keys) and write the definition.
"""

import sys
from pathlib import Path

from sdk import BUCKET, ROLE, folder, given, made, session  # type: ignore[import-not-found]  # beside this file

# isort: split
from sagemaker.core.processing import FrameworkProcessor, ScriptProcessor
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode

SOURCE = str(Path(__file__).with_name("source"))
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
source_data = ParameterString("InputData", default_value=f"s3://{BUCKET}/abalone/abalone.csv")
threshold = ParameterFloat("MseThreshold", default_value=6.0)


cluster = {
    "role": ROLE,
    "image_uri": IMAGE,
    "instance_type": "ml.m5.xlarge",
    "instance_count": 1,
    "sagemaker_session": session,
}
framework = FrameworkProcessor(command=["python3"], base_job_name="prepare", **cluster)
prepare = ProcessingStep(
    name="PrepareAbalone",
    step_args=framework.run(
        code="prepare.py",
        source_dir=SOURCE,
        inputs=[given("input", source_data)],
        outputs=[made("train"), made("test"), made("batch")],
    ),
    cache_config=CacheConfig(enable_caching=True, expire_after="30d"),
)
outputs = prepare.properties.ProcessingOutputConfig.Outputs

trainer = ModelTrainer(
    training_image=IMAGE,
    role=ROLE,
    sagemaker_session=session,
    source_code=SourceCode(source_dir=SOURCE, entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    hyperparameters={"slope": 2.0},
    base_job_name="abalone",
)
train = TrainingStep(
    name="TrainAbalone",
    step_args=trainer.train(
        input_data_config=[InputData(channel_name="train", data_source=outputs["train"].S3Output.S3Uri)]
    ),
)
artifacts = train.properties.ModelArtifacts.S3ModelArtifacts

report = PropertyFile(name="EvaluationReport", output_name="evaluation", path="evaluation.json")
script = ScriptProcessor(command=["python3"], base_job_name="evaluate", **cluster)
evaluate = ProcessingStep(
    name="EvaluateAbalone",
    step_args=script.run(
        code=f"{SOURCE}/evaluate.py",
        inputs=[given("model", artifacts), given("test", outputs["test"].S3Output.S3Uri)],
        outputs=[made("evaluation")],
    ),
    property_files=[report],
)

builder = ModelBuilder(image_uri=IMAGE, s3_model_data_url=artifacts, role_arn=ROLE, sagemaker_session=session)
create = ModelStep(name="Abalone", step_args=builder.build())
register = ModelStep(
    name="AbaloneRegister",
    step_args=builder.register(
        model_package_group_name="AbaloneModels",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status="PendingManualApproval",
    ),
)
transformer = Transformer(
    model_name=create.properties.ModelName,
    instance_type="ml.m5.large",
    instance_count=1,
    output_path=folder("scores"),
    accept="text/csv",
    assemble_with="Line",
    sagemaker_session=session,
)
transform = TransformStep(
    name="ScoreAbalone",
    step_args=transformer.transform(data=outputs["batch"].S3Output.S3Uri, content_type="text/csv", split_type="Line"),
)
error = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
gate = ConditionStep(
    name="CheckMse",
    conditions=[ConditionLessThanOrEqualTo(left=error, right=threshold)],
    if_steps=[register, create, transform],
    else_steps=[FailStep(name="MseTooHigh", error_message=Join(on=" ", values=["MSE is over", threshold]))],
)
pipeline = Pipeline(
    name="Abalone",
    parameters=[source_data, threshold],
    steps=[prepare, train, evaluate, gate],
    sagemaker_session=session,
)
Path(sys.argv[2]).write_text(pipeline.definition())
