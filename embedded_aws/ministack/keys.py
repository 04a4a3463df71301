"""KMS: who may use a key, by identity policies, the key's policy and grants together; AWS's own keys; ReEncrypt.

AWS KMS Developer Guide, "Determining access to AWS KMS keys", "Grants in AWS KMS", "AWS managed keys". MiniStack combines the two kinds
of policies; it neither looks at grants nor sends the condition keys of KMS.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import kms

from embedded_aws.iam.condition_keys import encryption_context
from embedded_aws.ministack import identities
from embedded_aws.service import Document, ServiceError

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]
Combine = Callable[..., Any]
Refusal = tuple[int, dict[str, str], bytes]
_MANAGED = "alias/aws/"
_STATES = {  # of a key that is there and cannot be used: error and words
    "Disabled": ("DisabledException", "{arn} is disabled."),
    "PendingDeletion": ("KMSInvalidStateException", "{arn} is pending deletion."),
    "PendingImport": ("KMSInvalidStateException", "{arn} is pending import."),
}


def with_grants(known: Combine) -> Combine:
    """A grant allows its operations to its grantee, within his boundary; a denial still wins."""

    def combine(identity: Any, context: Any, *policy: Any, required: bool = False, limits: tuple[Any, ...] = ()) -> Any:
        found = known(identity, context, *policy, required=required, limits=limits)
        if not required or "Deny" in {identity.decision, found.decision} or found.decision == "Allow":
            return found
        within = all(
            iam_evaluator.evaluate(context, layer).decision == "Allow"
            for layer in limits  # as every resource's word is limited
        )
        granted = within and any(_grants(grant, context) for grant in kms._grants.values())
        return iam_evaluator.EvalResult("Allow", context.principal_arn) if granted else found

    return combine


def _grants(grant: Mapping[str, Any], context: Any) -> bool:
    """Whether a grant is about the request; MiniStack compares names of an encryption context without their case."""
    operation = context.action.partition(":")[2]
    limits = grant.get("Constraints") or {}
    given = {
        name.removeprefix("kms:encryptioncontext:"): value
        for name, value in context.service_context.items()
        if name.startswith("kms:encryptioncontext:")
    }
    equal, part = (_lowered(limits.get(f"EncryptionContext{kind}")) for kind in ("Equals", "Subset"))
    return (
        grant["KeyId"] == context.resource_arn
        and operation in grant["Operations"]
        and iam_evaluator._names_caller(grant["GranteePrincipal"], context.principal_arn)
        and (equal is None or equal == given)
        and (part is None or part.items() <= given.items())
    )


def _lowered(context: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if context is None else {name.lower(): value for name, value in context.items()}


def key_of(arn: str) -> str:
    """The ARN of the key that an alias's ARN stands for, which IAM is asked about; any other ARN as it is."""
    found = kms._resolve_key(arn) if ":alias/" in arn else None
    return str(found["Arn"]) if found else arn


def find(key_id: str) -> Document:
    """A key by its id, ARN or alias, ready for use; AWS's own key of a service is made when it is first asked for.

    Raises:
        ServiceError: there is none, or it is not ready.
    """
    found = kms._resolve_key(key_id) or (_made(key_id) if key_id.startswith(_MANAGED) else None)
    if found is None:
        raise ServiceError("NotFoundException", f"Key '{key_id}' does not exist")
    code, words = _STATES.get(found["KeyState"], ("", ""))
    if code:
        raise ServiceError(code, words.format(arn=found["Arn"]))
    return dict(found)


def _made(alias: str) -> Document:
    """AWS's key of a service: everybody in the account may use it, through the service alone."""
    account, region = responses.get_account_id(), responses.get_region()
    service = alias.removeprefix(_MANAGED)
    verbs = ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant", "DescribeKey")
    through = {"kms:CallerAccount": account, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
    use = {"Principal": {"AWS": "*"}, "Action": [f"kms:{verb}" for verb in verbs]}
    look = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": ["kms:Describe*", "kms:Get*", "kms:List*"]}
    statements: list[Document] = [{**use, "Condition": {"StringEquals": through}}, look]
    policy = {
        "Version": "2012-10-17",
        "Id": f"auto-{service}-2",
        "Statement": [{"Effect": "Allow", "Resource": "*", **it} for it in statements],
    }
    words = f"Default key that protects my {service.upper()} objects when no other key is defined"
    _, _, body = kms._create_key({"Policy": json.dumps(policy), "Description": words})
    name = json.loads(body)["KeyMetadata"]["KeyId"]
    kms._create_alias({"AliasName": alias, "TargetKeyId": name})
    kms._keys[name]["KeyManager"] = "AWS"
    return dict(kms._keys[name])


def metadata(known: Callable[[Document], Document]) -> Callable[[Document], Document]:
    """AWS's own keys say so."""
    return lambda key: {**known(key), **({"KeyManager": "AWS"} if key.get("KeyManager") == "AWS" else {})}


def refusal(access_key: str, action: str, key: Mapping[str, Any], through: str, context: Mapping[str, str]) -> str:
    """Why a caller may not use a key through a service, in KMS's words; empty where he may.

    ``context`` is the encryption context, which the service chooses.
    """
    account, region = responses.get_account_id(), responses.get_region()
    principal = iam_evaluator.resolve_principal(access_key, account)
    if isinstance(principal, iam_evaluator.AuthError):
        return str(principal.message)
    if principal.policies is None:
        return ""
    asked = {"kms:ViaService": f"{through}.{region}.amazonaws.com", "kms:CallerAccount": account}
    return _judged(principal, action, key, {**asked, **encryption_context(context)})


def grant(role: str, key_id: str, where: tuple[str, str]) -> Callable[[], None]:
    """A grant on a key for SageMaker's work in a role, made of the role's own right to; what is answered ends it.

    SageMaker AI Developer Guide, "CreateTrainingJob API: Execution Role Permissions": a volume's key takes kms:CreateGrant.

    Raises:
        ServiceError: the role may not, or there is no such key.
    """
    with responses.request_scope(*where):
        key, operations = find(key_id), ["Decrypt", "Encrypt", "GenerateDataKeyWithoutPlaintext", "DescribeKey"]
        given = {
            "kms:CallerAccount": where[0],
            "kms:GrantIsForAWSResource": "true",
            "kms:GranteePrincipal": role,
            "kms:GrantOperations": operations,
            "kms:ViaService": f"sagemaker.{where[1]}.amazonaws.com",
        }
        why = _judged(identities.in_role(role, "SageMaker", where[0]), "kms:CreateGrant", key, given)
        if why:
            raise ServiceError("ClientError", why)
        asked = {"KeyId": key["Arn"], "GranteePrincipal": role, "RetiringPrincipal": role, "Operations": operations}
        made = _answer(kms._create_grant(asked))

    def end() -> None:
        with responses.request_scope(*where):
            kms._retire_grant({"GrantToken": made["GrantToken"]})

    return end


def ensure_usable(role: str, action: str, key_id: str, where: tuple[str, str]) -> None:
    """A role that a job was given may do something with a key, through SageMaker.

    Raises:
        ServiceError: it may not, or there is no such key.
    """
    with responses.request_scope(*where):
        asked = {"kms:CallerAccount": where[0], "kms:ViaService": f"sagemaker.{where[1]}.amazonaws.com"}
        why = _judged(identities.in_role(role, "SageMaker", where[0]), action, find(key_id), asked)
    if why:
        raise ServiceError("ClientError", why)


def _judged(principal: Any, action: str, key: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    account = responses.get_account_id()
    context = iam_evaluator.EvalContext(
        principal.arn,
        principal.type,
        principal.account,
        action,
        key["Arn"],
        responses.get_region(),
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context={name.lower(): value for name, value in given.items()},
        principal_keys=principal.keys,
    )
    own = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    found = iam_evaluator.combine_resource_policy(
        own, context, key["Policy"], account, required=True, limits=principal.limits
    )
    if found.decision == "Allow":
        return ""
    kind = "identity" if own.decision != "Allow" else "resource"
    reason = f"because no {kind}-based policy allows the {action} action"
    if found.decision == "Deny":
        reason = f"with an explicit deny in {'an identity' if own.decision == 'Deny' else 'a resource'}-based policy"
    return f"User: {principal.arn} is not authorized to perform: {action} on resource: {key['Arn']} {reason}"


def service_may(service: str, actions: tuple[str, ...], key: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Whether a key's policy lets a service use it in its own name, with this encryption context."""
    account = responses.get_account_id()
    given = {name.lower(): value for name, value in encryption_context(context).items()}
    for action in actions:
        asked = iam_evaluator.EvalContext(
            service,
            "Service",
            account,
            action,
            key["Arn"],
            responses.get_region(),
            secure_transport=True,
            service_context=given,
        )
        if iam_evaluator.evaluate_resource_policy(key["Policy"], asked, service=service).decision != "Allow":
            return False
    return True


def re_encrypting(known: Handle) -> Handle:
    """ReEncrypt, which MiniStack lacks: out of one key into another, for whoever may do both (the source was asked before)."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        if not headers.get("x-amz-target", "").endswith(".ReEncrypt"):
            return await known(method, path, headers, body, query)
        try:
            return responses.json_response(_re_encrypted(headers, query, json.loads(body)))
        except ServiceError as error:
            return responses.error_response_json(error.code, error.message, error.status)

    return handle


def _re_encrypted(headers: Mapping[str, str], query: dict[str, Any], asked: Document) -> Document:
    from ministack.core import router

    target = find(asked.get("DestinationKeyId", ""))
    principal = iam_evaluator.resolve_principal(
        router.extract_access_key_id(dict(headers), query), responses.get_account_id()
    )
    given = {
        "kms:CallerAccount": responses.get_account_id(),
        **encryption_context(asked.get("DestinationEncryptionContext") or {}),
    }
    if not isinstance(principal, iam_evaluator.AuthError) and principal.policies is not None:
        why = _judged(principal, "kms:ReEncryptTo", target, given)
        if why:
            raise ServiceError("AccessDeniedException", why)
    plain = _answer(
        kms._decrypt(
            {
                "CiphertextBlob": asked.get("CiphertextBlob", ""),
                "KeyId": asked.get("SourceKeyId", ""),
                "EncryptionContext": asked.get("SourceEncryptionContext") or {},
                "EncryptionAlgorithm": asked.get("SourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            }
        )
    )
    made = _answer(
        kms._encrypt(
            {
                "KeyId": target["Arn"],
                "Plaintext": plain["Plaintext"],
                "EncryptionContext": asked.get("DestinationEncryptionContext") or {},
                "EncryptionAlgorithm": asked.get("DestinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            }
        )
    )
    return {
        "CiphertextBlob": made["CiphertextBlob"],
        "SourceKeyId": plain["KeyId"],
        "KeyId": made["KeyId"],
        "SourceEncryptionAlgorithm": plain["EncryptionAlgorithm"],
        "DestinationEncryptionAlgorithm": made["EncryptionAlgorithm"],
    }


def _answer(response: Refusal) -> Document:
    found: Document = json.loads(response[2])
    if response[0] != 200:
        raise ServiceError(found.get("__type", "KMSInternalException"), found.get("message", ""), response[0])
    return found
