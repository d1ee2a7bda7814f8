"""The engine: due deliveries of one gateway, claimed, handed to its provider, and recorded.

In comes the id of a gateway with something due. Out go deliveries that are sent, failed, in doubt, or due again, and
households left to their next channel. Never holds a transaction open while a provider answers (`gateways.credentials`
is the one exception, and says why), and never repeats what may have left unless the provider tells a repeat.
"""
