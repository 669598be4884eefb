"""An SAP S/4HANA with the Business Partner, Sales Order and Billing Document services, OData version 2."""
