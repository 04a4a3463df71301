"""Where a delivery gets its code: a repository of CodeCommit, or one behind a connection."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnCondition, CfnDeletionPolicy, Fn, aws_codecommit, aws_codepipeline

from stacks.constructs.actions import CHECKOUT
from stacks.constructs.delivery_owner import Owner
from stacks.names import arn, text
from stacks.secure import Statement, allow, through_codecommit

_Pipeline = aws_codepipeline.CfnPipeline


@dataclass(frozen=True, kw_only=True)
class Source:
    """``here``: whether it is in CodeCommit, known at synth or a condition of the template.

    ``repository`` is its name in CodeCommit (a text of Fn::Sub); ``connection`` and ``full_name`` (owner/name) lead to it elsewhere,
    with the connections ``usable`` by the pipeline.
    """

    here: CfnCondition | bool
    repository: str
    branch: str
    connection: str
    full_name: str
    usable: str
    new: CfnCondition | None = None  # where a repository is made only then, and otherwise taken over

    @property
    def condition(self) -> CfnCondition | None:
        """Of what is made for a repository of CodeCommit only."""
        return self.here if isinstance(self.here, CfnCondition) else None

    def keep(
        self, owner: Owner, id_: str, about: str, seed: aws_codecommit.CfnRepository.S3Property | None = None
    ) -> None:
        """The repository; ``seed`` is the archive that its first commit is made from: what a team adds to it stays when the stack goes."""
        code = aws_codecommit.CfnRepository.CodeProperty(branch_name="main", s3=seed) if seed else None
        repository = aws_codecommit.CfnRepository(
            owner.scope,
            id_,
            repository_name=text(self.repository),
            repository_description=about,
            kms_key_id=owner.key_arn,
            code=code,
        )
        if seed:
            repository.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE
            repository.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
        if self.condition is not None:
            repository.cfn_options.condition = self._made(owner, id_, self.condition)

    def _made(self, owner: Owner, id_: str, here: CfnCondition) -> CfnCondition:
        if self.new is None:
            return here
        return CfnCondition(owner.scope, f"Makes{id_}", expression=Fn.condition_and(here, self.new))

    def reading(self, key_arn: str) -> list[Statement]:
        """What the pipeline needs."""
        verbs = ["CancelUploadArchive", "GetBranch", "GetCommit", "GetUploadArchiveStatus", "UploadArchive"]
        return [
            allow([f"codecommit:{verb}" for verb in verbs], arn("codecommit", self.repository)),
            through_codecommit(key_arn),
            *([allow(["codeconnections:UseConnection"], self.usable)] if self.usable else []),
        ]

    def action(self) -> Any:
        """The pipeline's first action; ``Source`` is the namespace of its variables and the name of its artifact."""
        return _Pipeline.ActionDeclarationProperty(
            name=CHECKOUT,
            namespace="Source",
            action_type_id=_Pipeline.ActionTypeIdProperty(
                category="Source",
                owner="AWS",
                provider=self._either("CodeCommit", "CodeStarSourceConnection"),
                version="1",
            ),
            configuration=self._either(self._in_codecommit(), self._connected()),
            output_artifacts=[_Pipeline.OutputArtifactProperty(name="Source")],
        )

    def _in_codecommit(self) -> dict[str, str]:
        return {"RepositoryName": text(self.repository), "BranchName": self.branch, "PollForSourceChanges": "false"}

    def _connected(self) -> dict[str, str]:
        return {
            "ConnectionArn": self.connection,
            "FullRepositoryId": self.full_name,
            "BranchName": self.branch,
            "DetectChanges": "true",
        }

    def _either(self, here: Any, elsewhere: Any) -> Any:
        if isinstance(self.here, bool):
            return here if self.here else elsewhere
        chosen = Fn.condition_if(self.here.logical_id, here, elsewhere)
        return chosen.to_string() if isinstance(here, str) else chosen
