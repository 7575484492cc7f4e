DROP INDEX `event_address`;
DROP INDEX `event_ip`;
DROP INDEX `event_request`;
