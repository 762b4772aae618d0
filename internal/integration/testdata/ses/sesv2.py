"""Starts a moto server whose SES the AWS SDK for Go understands.

By itself it writes times as texts and the options of sending in no form of the API, fails
where a page has a size, and reads the origin of DKIM keys under the name that answers have
for it. Identities are verified at once here, as they would be some time after, and no pool
has an address yet.
"""

import time

from moto.server import main
from moto.ses import models
from moto.sesv2 import models as models_v2
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

models.iso_8601_datetime_with_milliseconds = time.time
models_v2.iso_8601_datetime_with_milliseconds = time.time


def configuration_set(self, *args, sending_options=None, make=models.ConfigurationSet.__init__, **named):
    make(self, *args, **named)
    # What is false the SDK leaves out.
    self.enabled = sending_options is None or sending_options.get("SendingEnabled", False)


def parameter(self, name, *rest, get=SESV2Response._get_param):
    value = get(self, name, *rest)
    return int(value) if name == "PageSize" and value else value


def identity(self, *args, dkim_signing_attributes, make=models.EmailIdentity.__init__, **named):
    keys = dict(dkim_signing_attributes or {})
    keys["SigningAttributesOrigin"] = keys.get("DomainSigningAttributesOrigin", "AWS_SES")
    make(self, *args, dkim_signing_attributes=keys, **named)
    self.verified_for_sending_status = self.feedback_forwarding_status = True


models.ConfigurationSet.__init__ = configuration_set
models.EmailIdentity.__init__ = identity
SESV2Response._get_param = parameter
urls.url_paths["{0}/v2/email/dedicated-ips$"] = SESV2Response.dispatch
SESV2Response.get_dedicated_ips = lambda self: '{"DedicatedIps": []}'
main()
