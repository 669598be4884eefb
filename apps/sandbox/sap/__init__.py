"""An SAP S/4HANA with the Business Partner and Sales Order services, OData version 2."""
