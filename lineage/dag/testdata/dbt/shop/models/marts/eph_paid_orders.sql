{{ config(materialized='ephemeral') }}

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.status,
    totals.amount
from {{ ref('stg_orders') }} as orders
inner join {{ ref('eph_order_totals') }} as totals
    on totals.order_id = orders.order_id
