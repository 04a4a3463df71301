"""Stacks whose change was cut off when the server was stopped: CloudFormation's own words for a change that failed, with the reason."""

from ministack.core import responses
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

REASON = "the embedded AWS was stopped while this ran: repeat the change, or delete the stack"
_ENDS = {  # what was under way -> as what it can be repeated or deleted (CloudFormation User Guide, "Stack status codes")
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "IMPORT_IN_PROGRESS": "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_IN_PROGRESS": "IMPORT_ROLLBACK_FAILED",
}


def cut_off() -> list[str]:
    """End every change that was under way; names of the stacks. Nothing may be running yet."""
    found = []
    for (account, region, name), stack in list(cloudformation._stacks._data.items()):
        status = _ENDS.get(stack.get("StackStatus", ""))
        if status is None:
            continue
        found.append(str(stack["StackName"]))
        with responses.request_scope(account, region):
            stack |= {"StackStatus": status, "StackStatusReason": REASON}
            kind = "AWS::CloudFormation::Stack"
            stacks._add_event(stack["StackId"], name, name, kind, status, REASON, stack["StackId"])
    return found
