"""Web servers, asked on behalf of a check: with no identity of ours, and never a server inside.

A URL may come from a policy file, a machine's tag or a redirect, so it is not trusted: the name is
looked up once, every address that it has is held against what may be asked, and the connection goes
to an address that was, without a second look-up. Proxies of the environment are not used, since
they would look the name up once more, where nobody checks it.
"""

from plugins.web.addresses import look_up, networks
from plugins.web.client import GuardedWeb
from plugins.web.target import Target

__all__ = ["GuardedWeb", "Target", "look_up", "networks"]
