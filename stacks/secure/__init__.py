"""The only makers of keys, buckets, roles, functions, topics and log groups: secure by default, one file each."""

from stacks.secure.bucket import log_bucket, secure_bucket
from stacks.secure.function import secure_function
from stacks.secure.gates import accept
from stacks.secure.key import data_key
from stacks.secure.logs import log_group
from stacks.secure.role import Statement, allow, deny, document, managed_policy, role, service_role, through_codecommit
from stacks.secure.topic import secure_topic
from stacks.secure.writers import keep_to_the_table

__all__ = [
    "Statement",
    "accept",
    "allow",
    "data_key",
    "deny",
    "document",
    "keep_to_the_table",
    "log_bucket",
    "log_group",
    "managed_policy",
    "role",
    "secure_bucket",
    "secure_function",
    "secure_topic",
    "service_role",
    "through_codecommit",
]
