# SPDX-License-Identifier: EUPL-1.2
"""chatbot: the helper. It answers from rules that people wrote and checked, and says that it is a computer.

It alone knows which words belong to which answer. It gets no token, knows nobody, looks into no vault and remembers
nothing: what somebody may see is filled in by the page on their own device, from an action that the answer names.
Called by the portal, without a login. It calls nobody and has no database; what is typed goes into no file and no log.
Contract: openapi/chatbot.yaml. Its rules are data: content/, and a municipality's own folder over them.
"""
