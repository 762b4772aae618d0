-- Refers to stg_orders twice, and to raw_orders in a comment only.
-- depends_on: {{ ref('raw_orders') }}
select
    returned.order_id,
    returned.customer_id,
    count(earlier.order_id) as earlier_orders
from {{ ref('stg_orders') }} as returned
left join {{ ref('stg_orders') }} as earlier
    on earlier.customer_id = returned.customer_id
    and earlier.ordered_at < returned.ordered_at
where returned.status = 'returned'
group by 1, 2
