"""The receiving end: devices, incidents, forwarders to the helpdesk, and the security team's page."""
